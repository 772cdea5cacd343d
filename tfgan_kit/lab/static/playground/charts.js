// Losses, divergences, modes and accuracy over the iterations.
import { axisBottom, axisLeft } from "d3-axis";
import { extent } from "d3-array";
import { scaleLinear } from "d3-scale";
import { select } from "d3-selection";
import { line } from "d3-shape";
import { COLORS } from "./style.js";

// Columns of a row of the history, after the iteration.
const [D_LOSS, G_LOSS, KL, JS, MODES, REAL, FAKE] = [1, 2, 3, 4, 5, 6, 7];
const CHARTS = [
  ["Loss", "What each network tries to make small; neither falling nor rising is the usual, healthy sight",
    [[D_LOSS, "discriminator", "real"], [G_LOSS, "generator", "fake"]]],
  ["Divergence", "How much the generated points differ from the real ones, in nats on a grid of 30 x 30: 0 is the same",
    [[KL, "KL", "kl"], [JS, "JS", "js"]], [0]],
  ["Accuracy", "Share of points that the discriminator takes for what they are; 0.5 means it can only guess",
    [[REAL, "real points", "real"], [FAKE, "generated points", "fake"]], [0, 1]],
  ["Modes found", "Clusters of the real points in which the generator puts points",
    [[MODES, "modes", "manifold"]], [0]],
];
const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [290, 118, 34, 18, 24];

export function makeCharts(place, state) {
  const charts = CHARTS.map(([title, tip, series, fixed]) => {
    const svg = select(place).append("svg").attr("viewBox", `0 0 ${WIDTH} ${HEIGHT}`).attr("data-chart", title);
    svg.append("title").text(tip);
    svg.append("text").attr("class", "name").attr("x", 2).attr("y", 12).text(title);
    const legend = svg.append("text").attr("class", "legend").attr("x", WIDTH - 4).attr("y", 12);
    const paths = series.map(([column, name, tone]) => ({
      column,
      value: legend.append("tspan").attr("fill", COLORS[tone]).attr("data-series", name),
      name,
      path: svg.append("path").attr("class", "line").attr("stroke", COLORS[tone]),
    }));
    const [bottom, left] = ["x", "y"].map((name) => svg.append("g").attr("class", `axis ${name}`));
    bottom.attr("transform", `translate(0,${HEIGHT - BOTTOM})`);
    left.attr("transform", `translate(${LEFT},0)`);
    return { svg, paths, bottom, left, fixed, drawn: 0 };
  });

  function draw() {
    const { history, num_modes: numModes } = state.frame;
    const [rows, columns] = history.shape;
    // Modes that are not known are -1.
    const at = (row, column) => {
      const value = history[row * columns + column];
      return column === MODES && value < 0 ? NaN : value;
    };
    const indices = Array.from({ length: rows }, (_, i) => i);
    const x = scaleLinear([at(0, 0), Math.max(at(rows - 1, 0), at(0, 0) + 10)], [LEFT, WIDTH - 22]);
    for (const chart of charts) {
      const isModes = chart.paths[0].column === MODES;
      chart.svg.style("display", isModes && !numModes ? "none" : null);
      const values = chart.paths.flatMap(({ column }) => indices.map((row) => at(row, column))).filter(Number.isFinite);
      let [low, high] = extent([...values, ...(chart.fixed || []), ...(isModes ? [numModes] : [])]);
      if (!(high > low)) high = (low || 0) + 1;
      const y = scaleLinear([low || 0, high], [HEIGHT - BOTTOM, TOP]).nice(3);
      for (const { column, path, value, name } of chart.paths) {
        const shape = line((row) => x(at(row, 0)), (row) => y(at(row, column))).defined((row) => Number.isFinite(at(row, column)));
        path.attr("d", shape(indices));
        const last = at(rows - 1, column);
        value.text(`  ${name} ${isModes ? `${last} of ${numModes}` : last.toFixed(2)}`);
      }
      // Axes are slow to draw and change little.
      const now = performance.now();
      if (now - chart.drawn > 300 || !state.frame.playing) {
        chart.drawn = now;
        chart.bottom.call(axisBottom(x).ticks(3, ",d").tickSize(3));
        const large = Math.max(Math.abs(low), high) >= 10000;
        chart.left.call(axisLeft(y).ticks(3, large ? "~s" : undefined).tickSize(3));
      }
    }
  }
  return { draw };
}
