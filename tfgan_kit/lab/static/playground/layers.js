// The layered view: discriminator, points, gradients and manifold in one square.
import { color as parse } from "d3-color";
import { interpolateRgbBasis } from "d3-interpolate";
import { scaleLinear } from "d3-scale";
import { axisBottom, axisLeft } from "d3-axis";
import { pointer, select } from "d3-selection";
import { classColor, COLORS } from "./style.js";

const MARGIN = 26, PAD = 8;
const MORPH_MS = 1600;

export function makeLayers(place, state, sendPoints) {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Real and generated points in the square");
  const tip = document.createElement("div");
  tip.className = "tip";
  const svg = select(place).append("svg").attr("class", "axes");
  place.append(canvas, tip);
  const heat = document.createElement("canvas");
  let size = 0, scale = 1, morphing = null, own = [], fresh = [], drawing = false, cursor = [0.5, 0.5];
  const x = scaleLinear([0, 1], [0, 1]), y = scaleLinear([0, 1], [1, 0]);

  function resize() {
    const wanted = Math.max(160, Math.min(place.clientWidth, 620) - MARGIN - PAD);
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    if (wanted === size && ratio === scale) return;
    [size, scale] = [wanted, ratio];
    canvas.width = canvas.height = size * scale;
    canvas.style.width = canvas.style.height = `${size}px`;
    canvas.style.left = `${MARGIN}px`;
    canvas.style.top = `${PAD}px`;
    place.style.height = `${size + MARGIN + PAD}px`;
    x.range([0, size]);
    y.range([size, 0]);
    svg.attr("width", size + MARGIN + PAD).attr("height", size + MARGIN + PAD);
    svg.selectAll("g").remove();
    svg.append("g").attr("transform", `translate(${MARGIN},${size + PAD})`).call(axisBottom(x).ticks(5).tickSize(3));
    svg.append("g").attr("transform", `translate(${MARGIN},${PAD})`).call(axisLeft(y).ticks(5).tickSize(3));
  }

  function drawHeat(context, values) {
    const side = values.shape[0];
    heat.width = heat.height = side;
    const pixels = heat.getContext("2d").createImageData(side, side);
    const table = heatTable(state.dark);
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        // Row 0 of the data is y = 0, which is below.
        const at = 4 * ((side - 1 - row) * side + column);
        const rgb = table[Math.round(values[row * side + column] * 255)] || table[0];
        pixels.data.set(rgb, at);
      }
    }
    heat.getContext("2d").putImageData(pixels, 0, 0);
    context.imageSmoothingEnabled = true;
    context.drawImage(heat, 0, 0, size, size);
  }

  function drawManifold(context, values) {
    const [classes, rows, columns] = values.shape;
    const t = morphing === null ? 1 : (performance.now() - morphing) % (MORPH_MS * 1.5) / MORPH_MS;
    const part = Math.min(1, t) ** 2 * (3 - 2 * Math.min(1, t));
    const at = (index) => {
      const row = Math.floor(index / columns) % rows, column = index % columns;
      const from = [(column + 0.5) / columns, rows === 1 ? 0.5 : (row + 0.5) / rows];
      return [0, 1].map((axis) => from[axis] + part * (values[2 * index + axis] - from[axis]));
    };
    for (let each = 0; each < classes; each++) {
      const tone = classes > 1 ? classColor(each) : COLORS.manifold;
      const first = each * rows * columns;
      context.strokeStyle = context.fillStyle = tone;
      if (rows === 1) {
        context.globalAlpha = 0.9;
        context.lineWidth = 2;
        context.beginPath();
        for (let i = 0; i < columns; i++) {
          const [u, v] = at(first + i);
          context.lineTo(x(u), y(v));
        }
        context.stroke();
        continue;
      }
      context.lineWidth = 0.5;
      for (let row = 0; row < rows - 1; row++) {
        for (let column = 0; column < columns - 1; column++) {
          const corner = first + row * columns + column;
          const quad = [corner, corner + 1, corner + columns + 1, corner + columns].map(at);
          // Cells are equally likely: the smaller one is, the denser.
          const density = 1 / (columns * rows * Math.max(area(quad), 1e-7));
          context.globalAlpha = Math.max(0.04, Math.min(0.75, 0.06 * density));
          context.beginPath();
          for (const [u, v] of quad) context.lineTo(x(u), y(v));
          context.closePath();
          context.fill();
          context.globalAlpha = 0.35;
          context.stroke();
        }
      }
    }
    context.globalAlpha = 1;
  }

  function drawPoints(context, values, labels, tone, num, hollow) {
    const radius = hollow ? 2.4 : 1.9;
    const colored = labels && labels.classes > 1;
    context.globalAlpha = hollow ? 0.95 : 0.6;
    for (let i = 0; i < num; i++) {
      const [u, v] = [x(values[2 * i]), y(values[2 * i + 1])];
      context.fillStyle = colored ? classColor(labels.values[i]) : tone;
      context.beginPath();
      if (hollow) {
        context.moveTo(u, v - radius - 0.8);
        context.lineTo(u + radius + 0.8, v);
        context.lineTo(u, v + radius + 0.8);
        context.lineTo(u - radius - 0.8, v);
        context.closePath();
      } else context.arc(u, v, radius, 0, 2 * Math.PI);
      context.fill();
      if (hollow) {
        context.strokeStyle = state.dark ? "#111" : "#fff";
        context.lineWidth = 0.5;
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }

  function drawGradients(context, frame) {
    const num = Math.min(250, frame.fakes.length / 2);
    const lengths = [];
    for (let i = 0; i < num; i++) lengths.push(Math.hypot(frame.gradients[2 * i], frame.gradients[2 * i + 1]));
    // The long ones get 8 % of the square.
    const long = [...lengths].sort((a, b) => a - b)[Math.floor(0.9 * num)] || 1;
    const factor = 0.08 / long;
    context.strokeStyle = state.dark ? "#f0f0f0" : "#222";
    context.lineWidth = 1;
    context.globalAlpha = 0.75;
    context.beginPath();
    for (let i = 0; i < num; i++) {
      const cut = Math.min(1, (1.5 * long) / (lengths[i] || 1));
      const [u, v] = [frame.fakes[2 * i], frame.fakes[2 * i + 1]];
      const [du, dv] = [0, 1].map((axis) => frame.gradients[2 * i + axis] * factor * cut);
      const [ax, ay, bx, by] = [x(u), y(v), x(u + du), y(v + dv)];
      const angle = Math.atan2(by - ay, bx - ax), head = Math.min(4, Math.hypot(bx - ax, by - ay) / 2);
      context.moveTo(ax, ay);
      context.lineTo(bx, by);
      for (const side of [2.6, -2.6]) {
        context.moveTo(bx, by);
        context.lineTo(bx + head * Math.cos(angle + side), by + head * Math.sin(angle + side));
      }
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  function draw() {
    resize();
    const { frame, real, shown } = state;
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.fillStyle = state.dark ? "#1c1f24" : "#fff";
    context.fillRect(0, 0, size, size);
    if (shown.heat) drawHeat(context, frame.heat);
    if (shown.manifold || morphing !== null) drawManifold(context, frame.manifold);
    if (shown.real) drawPoints(context, real.points, real.labels, COLORS.real, Math.min(600, real.points.length / 2));
    if (shown.gradients) drawGradients(context, frame);
    if (shown.fakes) drawPoints(context, frame.fakes, { classes: real.labels.classes, values: frame.fake_labels }, COLORS.fake, frame.fakes.length / 2, true);
    if (drawing) drawOwn(context);
    if (morphing !== null) requestAnimationFrame(draw);
  }

  function drawOwn(context) {
    context.fillStyle = COLORS.real;
    for (const [u, v] of [...own, ...fresh]) context.fillRect(x(u) - 2, y(v) - 2, 4, 4);
    context.strokeStyle = state.dark ? "#fff" : "#000";
    context.lineWidth = 1;
    context.strokeRect(x(cursor[0]) - 5, y(cursor[1]) - 5, 10, 10);
  }

  const place_of = (event) => {
    const [u, v] = pointer(event, canvas);
    return [x.invert(u), y.invert(v)].map((value) => Math.max(0, Math.min(1, value)));
  };
  let timer = null;
  function add(point) {
    fresh.push(point);
    clearTimeout(timer);
    timer = setTimeout(() => {
      sendPoints(fresh);
      own.push(...fresh);
      fresh = [];
    }, 250);
    if (state.frame && state.real) draw();
  }
  let down = false;
  canvas.addEventListener("pointerdown", (event) => {
    if (!drawing) return;
    down = true;
    canvas.setPointerCapture(event.pointerId);
    add(place_of(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    const at = place_of(event);
    if (down) add(at);
    showTip(at);
  });
  canvas.addEventListener("pointerup", () => (down = false));
  canvas.addEventListener("pointerleave", () => (tip.style.display = "none"));
  canvas.addEventListener("keydown", (event) => {
    if (!drawing) return;
    const step = event.shiftKey ? 0.1 : 0.02;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (event.key in moves) cursor = cursor.map((value, axis) => Math.max(0, Math.min(1, value + moves[event.key][axis])));
    else if (event.key === "Enter") add([...cursor]);
    else return;
    event.preventDefault();
    if (state.frame && state.real) draw();
    showTip(cursor);
  });

  function showTip([u, v]) {
    const { frame, real } = state;
    if (!frame || !real) return;
    const side = frame.heat.shape[0];
    const cell = (value) => Math.max(0, Math.min(side - 1, Math.floor(value * side)));
    const sure = frame.heat[cell(v) * side + cell(u)];
    const near = nearest(u, v, [["real", real.points], ["generated", frame.fakes]], 6 / size);
    tip.innerHTML = `${near ? `${near.kind} point ` : ""}(${u.toFixed(2)}, ${v.toFixed(2)})<br>discriminator: ${(100 * sure).toFixed(0)} % real`;
    tip.style.display = "block";
    tip.style.left = `${MARGIN + Math.min(x(u) + 12, size - 150)}px`;
    tip.style.top = `${Math.min(y(v) + 12, size - 40)}px`;
  }

  return {
    draw,
    morph(on) {
      morphing = on ? performance.now() : null;
      if (state.frame && state.real) draw();
    },
    setDrawing(on, note) {
      drawing = on;
      note.style.display = on ? "" : "none";
      canvas.classList.toggle("draws", on);
      canvas.tabIndex = on ? 0 : -1;
      if (state.frame && state.real) draw();
    },
    setOwn(flat) {
      own = Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
      if (state.frame && state.real) draw();
    },
  };
}

// Of two triangles, since the halves of a folded cell would cancel.
function area([a, b, c, d]) {
  const triangle = (p, q, r) => Math.abs((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])) / 2;
  return triangle(a, b, c) + triangle(a, c, d);
}

function nearest(u, v, kinds, within) {
  let best = null, least = within ** 2;
  for (const [kind, values] of kinds) {
    for (let i = 0; i < values.length; i += 2) {
      const distance = (values[i] - u) ** 2 + (values[i + 1] - v) ** 2;
      if (distance < least) [best, least] = [{ kind }, distance];
    }
  }
  return best;
}

const TABLES = {};
function heatTable(dark) {
  if (!TABLES[dark]) {
    const ramp = interpolateRgbBasis(dark ? ["#8a4a0b", "#23262b", "#2a5c9a"] : ["#fdb366", "#f7f7f7", "#92c0e6"]);
    TABLES[dark] = Array.from({ length: 256 }, (_, i) => {
      const { r, g, b } = parse(ramp(i / 255));
      return [r, g, b, 255];
    });
  }
  return TABLES[dark];
}
