// The picture of the playground: one component for the page and for a notebook cell.
import { makeCharts } from "./charts.js";
import { makeGraph } from "./graph.js";
import { makeLayers } from "./layers.js";
import { makeTour } from "./tour.js";
import { STYLE } from "./style.js";

// Words of the page, one sentence each.
const BUTTONS = [
  ["play", "Play", "Train, or stop training (space)", " "],
  ["slow", "Slow motion", "Go through the ten stages of an iteration, one a second (m)", "m"],
  ["step", "Step", "One iteration: the updates of both networks (s)", "s"],
  ["discriminator", "Step D", "One update of the discriminator alone (d)", "d"],
  ["generator", "Step G", "One update of the generator alone (g)", "g"],
  ["reset", "Reset", "Begin again with new networks (r)", "r"],
];
const LAYERS = [
  ["heat", "Discriminator", "Blue where the discriminator takes a point for real, orange for generated (1)"],
  ["real", "Real points", "Points of the training data (2)"],
  ["fakes", "Generated points", "Points that the generator makes of noise that stays the same (3)"],
  ["gradients", "Gradients", "Where the generator's loss pulls each generated point (4)"],
  ["manifold", "Manifold", "The generator as a warped grid of noise; darker where points are dense (5)"],
];

export function render({ model }) {
  const root = document.createElement("div");
  root.className = "lab";
  root.tabIndex = -1;
  root.innerHTML = `<style>${STYLE}</style>
    <div class="bar" role="toolbar" aria-label="Training">
      ${BUTTONS.map(([name, text, tip]) => `<button data-act="${name}" title="${tip}">${text}</button>`).join("")}
      <label title="Iterations a second; full: as many as this computer can">Speed
        <select data-act="speed">${["1", "10", "100", "full"].map((s) => `<option>${s}</option>`).join("")}</select></label>
      <span class="count" title="Updates of both networks so far">Iteration <b data-is="iteration">0</b></span>
      <span class="count" title="How often each real point was seen, on average">Epoch <b data-is="epoch">0</b></span>
      <span class="count" title="Iterations a second, measured">Rate <b data-is="rate">0</b>/s</span>
      <button data-act="tour" title="What is all this? Two minutes (?)">Tour</button>
    </div>
    <p class="message" role="status"></p>
    <div class="columns"><div class="graph"></div>
      <div class="middle"><div class="layers"></div><div class="chips" role="group" aria-label="Layers">
        ${LAYERS.map(([name, text, tip]) => `<label title="${tip}"><input type="checkbox" checked data-layer="${name}">${text}</label>`).join("")}</div>
        <p class="draw"><b>Draw points</b> into the square with mouse or finger; or move with the arrow keys and press Enter.
          <button data-act="clear" title="Take all of them away; the smile comes back">Clear</button></p></div>
      <div class="charts"></div></div>`;
  const find = (selector) => root.querySelector(selector);
  const state = { frame: null, real: null, shown: {}, drawn: 0, dark: model.dark };
  for (const [name] of LAYERS) state.shown[name] = true;
  root.classList.toggle("dark", model.dark);

  const send = (type, values = {}) => model.send_msg({ type, ...values });
  const layers = makeLayers(find(".layers"), state, (points) => send("points", { points }));
  const graph = makeGraph(find(".graph"), state, (on) => layers.morph(on));
  const charts = makeCharts(find(".charts"), state);
  const tour = makeTour(root);

  let waiting = false;
  const draw = () => {
    waiting = false;
    const frame = state.frame;
    if (!frame || !state.real) return;
    const begun = performance.now();
    layers.draw();
    graph.draw();
    charts.draw();
    root.dataset.ms = (performance.now() - begun).toFixed(1);
    find('[data-is="iteration"]').textContent = frame.iteration.toLocaleString("en");
    find('[data-is="epoch"]').textContent = frame.epoch.toFixed(1);
    find('[data-is="rate"]').textContent = frame.playing ? Math.round(frame.rate) : 0;
    find('[data-act="play"]').textContent = frame.playing && !frame.slow ? "Pause" : "Play";
    find('[data-act="slow"]').classList.toggle("on", frame.playing && frame.slow);
    root.dataset.number = frame.number;
    root.dataset.drawn = ++state.drawn;
    root.dataset.playing = frame.playing;
    send("drawn", { number: frame.number });
  };
  const ask = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(draw);
  };
  model.on("msg:custom", (message) => {
    if (message.type === "own") layers.setOwn(message.points);
    if (message.type === "real") state.real = message;
    if (message.type === "message") find(".message").textContent = message.text;
    if (message.type === "address") {
      const address = new URL(window.location);
      address.search = message.search;
      window.history.replaceState(null, "", address);
    }
    if (message.type === "speed") find("select").value = message.value;
    if (message.type === "frame") state.frame = unpack(message);
    if (message.type === "frame" || message.type === "real") ask();
  });
  model.on("dark", () => {
    state.dark = model.dark;
    root.classList.toggle("dark", model.dark);
    ask();
  });
  model.on("drawing", () => layers.setDrawing(model.drawing, find(".draw")));

  const act = (name) => {
    if (name === "tour") tour.start();
    else if (name === "clear") send("clear");
    else if (name === "play" || name === "slow") send("play", { slow: name === "slow" });
    else if (name === "reset") send("reset");
    else send("step", { role: name === "step" ? null : name });
  };
  const toggle = (name) => {
    state.shown[name] = !state.shown[name];
    find(`[data-layer="${name}"]`).checked = state.shown[name];
    ask();
  };
  find(".message").addEventListener("click", (event) => (event.target.textContent = ""));
  root.addEventListener("click", (event) => {
    const { act: name } = event.target.dataset;
    if (name && name !== "speed") act(name);
  });
  root.addEventListener("change", (event) => {
    const { act: name, layer } = event.target.dataset;
    if (name === "speed") send("speed", { value: event.target.value });
    if (layer) toggle(layer);
  });
  const keys = (event) => {
    const target = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest?.("input:not([type=checkbox]), select, textarea, [contenteditable], .draws")) return;
    if (event.key === " " && target.closest?.("button, input, summary, a")) return;
    const button = BUTTONS.find(([, , , key]) => key === event.key);
    const layer = LAYERS[Number(event.key) - 1];
    if (button) act(button[0]);
    else if (layer) toggle(layer[0]);
    else if (event.key === "?") tour.start();
    else return;
    event.preventDefault();
  };
  document.addEventListener("keydown", keys);
  const observer = new ResizeObserver(ask);
  observer.observe(find(".layers"));
  model.on("remove", () => {
    document.removeEventListener("keydown", keys);
    observer.disconnect();
  });
  layers.setDrawing(model.drawing, find(".draw"));
  // A page that is loaded again finds its session by this name; each tab has its own.
  const key = "tfgan_kit.lab";
  if (!sessionStorage[key]) sessionStorage[key] = crypto.randomUUID();
  const again = performance.getEntriesByType("navigation")[0]?.type === "reload";
  send("hello", { tab: sessionStorage[key], again });
  window.addEventListener("pagehide", () => send("bye"));
  return root;
}

// Arrays come in one buffer, to be cut by their shapes.
function unpack({ head, shapes, data }) {
  // Bokeh's own arrays cannot be cut.
  const values = new Float32Array(data.buffer, data.byteOffset, data.length);
  const frame = { ...head };
  let start = 0;
  for (const [name, shape] of shapes) {
    const size = shape.reduce((a, b) => a * b, 1);
    frame[name] = values.subarray(start, start + size);
    frame[name].shape = shape;
    start += size;
  }
  return frame;
}
