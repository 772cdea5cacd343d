// The model overview: from noise to the two losses; the active part is lit.
import { select } from "d3-selection";
import { classColor, COLORS } from "./style.js";

const PLOT = 78;
// name: x, y, width, height, title, tooltip
const NODES = {
  noise: [6, 22, PLOT, PLOT, "Noise", "Random numbers, the generator's input"],
  generator: [112, 34, 84, 54, "Generator", "A network that turns noise into points; hover to see how it bends the square of noise"],
  fakes: [224, 22, PLOT, PLOT, "Generated", "Points that the generator makes"],
  real: [6, 158, PLOT, PLOT, "Real", "Points of the training data"],
  discriminator: [112, 170, 84, 54, "Discriminator", "A network that tells real from generated points"],
  predictions: [224, 158, PLOT, PLOT, "Predictions", "How sure the discriminator is that points are real: 0 at the left, 1 at the right; blue are real ones, orange generated"],
  d_loss: [112, 284, 84, 40, "D loss", "Large when the discriminator is wrong; its update makes it smaller"],
  g_loss: [224, 284, 84, 40, "G loss", "Large when generated points are not taken for real; the generator's update makes it smaller"],
};
// path, class, stages of slow motion in which it is lit
const ARROWS = [
  ["M86,61H110", "", [1, 6]], ["M198,61H222", "", [1, 6]], ["M86,197H110", "", [2]],
  ["M263,102V128H154V168", "", [2, 7]], ["M198,197H222", "", [2, 7]],
  ["M250,238V256H178V282", "", [3]], ["M284,238V282", "", [8]],
  ["M130,282V226", "back", [4]], ["M310,304H322V4H154V32", "back", [9]],
];
const LIT = {
  1: ["noise", "generator", "fakes"], 2: ["real", "discriminator", "predictions"], 3: ["d_loss"], 4: ["d_loss"],
  5: ["discriminator"], 6: ["noise", "generator", "fakes"], 7: ["discriminator", "predictions"], 8: ["g_loss"],
  9: ["g_loss"], 10: ["generator"],
};

export function makeGraph(place, state, morph) {
  const svg = select(place).append("svg").attr("viewBox", "0 0 330 356");
  svg.append("defs").append("marker").attr("id", "head").attr("viewBox", "0 0 6 6").attr("refX", 5).attr("refY", 3)
    .attr("markerWidth", 6).attr("markerHeight", 6).attr("orient", "auto").append("path").attr("d", "M0,0L6,3L0,6z");
  const arrows = ARROWS.map(([path, kind, stages]) => ({
    path: svg.append("path").attr("d", path).attr("class", `arrow ${kind}`).attr("marker-end", "url(#head)"), stages, kind,
  }));
  const nodes = {};
  for (const [name, [x, y, width, height, title, tip]] of Object.entries(NODES)) {
    const group = svg.append("g").attr("class", `node ${name}`).attr("data-node", name);
    group.append("title").text(tip);
    group.append("rect").attr("x", x).attr("y", y).attr("width", width).attr("height", height).attr("rx", height === PLOT ? 2 : 8);
    const isLoss = name.endsWith("_loss");
    const isNetwork = name === "generator" || name === "discriminator";
    group.append("text").attr("x", x + width / 2).attr("y", isNetwork ? y + height / 2 + 4 : isLoss ? y + height + 12 : y - 5).text(title);
    nodes[name] = group;
  }
  for (const [on, event] of [[true, "mouseenter"], [false, "mouseleave"], [true, "focus"], [false, "blur"]]) {
    nodes.generator.attr("tabindex", 0).on(event, () => morph(on));
  }
  const stage = svg.append("text").attr("class", "stage").attr("x", 6).attr("y", 352);
  // Points are drawn on a canvas that lies over the plots.
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [660, 712];
  place.append(canvas);
  const bars = ["d_loss", "g_loss"].map((name) => {
    const [x, y] = NODES[name];
    const tone = name === "d_loss" ? COLORS.real : COLORS.fake;
    return {
      bar: svg.append("rect").attr("class", "bar").attr("x", x + 5).attr("y", y + 24).attr("height", 9).attr("fill", tone),
      value: svg.append("text").attr("class", "value").attr("x", x + 42).attr("y", y + 17),
      name: name === "d_loss" ? "discriminator_loss" : "generator_loss",
    };
  });

  function scatter(context, name, values, num, tone, labels) {
    const [x, y] = NODES[name];
    for (let i = 0; i < num; i++) {
      const [u, v] = [values[2 * i], values[2 * i + 1]];
      if (u < 0 || u > 1 || v < 0 || v > 1) continue;
      context.fillStyle = labels ? classColor(labels[i]) : tone;
      context.fillRect(x + PLOT * u - 0.8, y + PLOT * (1 - v) - 0.8, 1.6, 1.6);
    }
  }

  function histogram(context, values, tone, sign) {
    const [x, y] = NODES.predictions;
    const counts = new Array(13).fill(0);
    for (const value of values) counts[Math.min(12, Math.floor(value * 13))]++;
    context.fillStyle = tone;
    counts.forEach((count, i) => {
      const height = (count / values.length) * (PLOT / 2 - 4);
      context.fillRect(x + i * 6 + 0.5, y + PLOT / 2 - (sign > 0 ? height + 0.5 : -0.5), 5, height);
    });
  }

  function draw() {
    const { frame, real } = state;
    const context = canvas.getContext("2d");
    context.setTransform(2, 0, 0, 2, 0, 0);
    context.clearRect(0, 0, 330, 356);
    const many = real.labels.classes > 1;
    scatter(context, "noise", real.noise, real.noise.length / 2, state.dark ? "#bbb" : "#555", many && frame.fake_labels);
    scatter(context, "fakes", frame.fakes, Math.min(250, frame.fakes.length / 2), COLORS.fake, many && frame.fake_labels);
    scatter(context, "real", real.points, 250, COLORS.real, many && real.labels.values);
    histogram(context, frame.real_scores, COLORS.real, 1);
    histogram(context, frame.fake_scores, COLORS.fake, -1);
    for (const { bar, value, name } of bars) {
      // Most losses lie between 0 and 3; a bar of Wasserstein's may be full.
      bar.attr("width", 74 * Math.min(1, Math.abs(frame[name]) / 3));
      value.text(frame[name].toFixed(3));
    }
    const lit = LIT[frame.stage] || [];
    const running = frame.playing && !frame.slow;
    for (const [name, group] of Object.entries(nodes)) group.classed("lit", lit.includes(name));
    for (const { path, stages } of arrows) path.classed("lit", stages.includes(frame.stage)).classed("flows", running);
    stage.text(frame.stage ? `${frame.stage} of 10: ${frame.stage_name}` : "");
  }
  return { draw };
}
