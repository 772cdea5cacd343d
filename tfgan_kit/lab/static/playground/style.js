// Colours that are told apart with any kind of colour vision (Okabe and Ito), and the style sheet.
export const COLORS = { real: "#0072b2", fake: "#d55e00", manifold: "#7b5ea7", kl: "#7b5ea7", js: "#009e73" };
const CLASSES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#b8a900", "#7f7f7f"];
export const classColor = (label) => CLASSES[label % CLASSES.length];

export const STYLE = `
.lab { --text: #222; --back: #fff; --soft: #f3f4f6; --edge: #c6cad1; --accent: #0072b2; color: var(--text); background: var(--back);
  font: 13px/1.4 system-ui, sans-serif; padding: 6px; box-sizing: border-box; position: relative; width: 100%; }
.lab.dark { --text: #e8e8e8; --back: #16181c; --soft: #24282e; --edge: #4a505a; --accent: #56b4e9; }
.lab .bar { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
.lab button, .lab select { font: inherit; color: var(--text); background: var(--soft); border: 1px solid var(--edge); border-radius: 6px;
  padding: 4px 10px; min-height: 30px; cursor: pointer; }
.lab button[data-act=play] { background: var(--accent); color: #fff; border-color: var(--accent); min-width: 62px; font-weight: 600; }
.lab.dark button[data-act=play] { color: #10222e; }
.lab button.on { outline: 2px solid var(--accent); }
.lab :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.lab .count b { display: inline-block; min-width: 3ch; font-variant-numeric: tabular-nums; }
.lab .message { min-height: 1.4em; margin: 4px 0; color: #b3261e; } .lab.dark .message { color: #ffb4a9; }
.lab .message:not(:empty) { cursor: pointer; } .lab .message:not(:empty)::after { content: " \u2715"; }
@media (max-width: 939px) { .lab .message:not(:empty) { position: fixed; z-index: 9; inset: auto 0 0; margin: 0; padding: 10px 14px;
  background: var(--back); border-top: 2px solid; } }
.lab .columns { display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-start; }
.lab .graph { position: relative; flex: 1 1 280px; min-width: 260px; max-width: 360px; }
.lab .graph canvas { position: absolute; inset: 0; width: 100%; pointer-events: none; }
.lab .graph svg, .lab .charts svg { display: block; width: 100%; }
.lab .middle { flex: 2 1 330px; min-width: 280px; max-width: 650px; }
.lab .layers { position: relative; } .lab .layers canvas { position: absolute; top: 0; touch-action: pan-y; }
.lab .layers canvas.draws { cursor: crosshair; touch-action: none; }
.lab .chips { display: flex; flex-wrap: wrap; gap: 4px 12px; margin: 6px 0 0 20px; }
.lab .charts { flex: 1 1 250px; min-width: 240px; max-width: 380px; }
.lab .tip { position: absolute; display: none; background: var(--back); border: 1px solid var(--edge); border-radius: 4px; padding: 2px 6px;
  pointer-events: none; z-index: 2; white-space: nowrap; }
.lab svg text { fill: var(--text); font-size: 10px; } .lab svg .axis path, .lab svg .axis line, .lab .axes path, .lab .axes line { stroke: var(--edge); }
.lab .charts .name { font-weight: 600; font-size: 11px; } .lab .charts .legend { text-anchor: end; } .lab .charts .legend tspan { fill: revert-layer; }
.lab .line { fill: none; stroke-width: 1.4; }
.lab .node rect { fill: var(--soft); stroke: var(--edge); } .lab .node text { text-anchor: middle; font-size: 11px; }
.lab .node.lit rect { stroke: var(--accent); stroke-width: 3; } .lab .node.generator { cursor: help; }
.lab .graph .value { text-anchor: middle; } .lab .graph .stage { font-size: 11px; font-weight: 600; }
.lab .arrow { fill: none; stroke: #8a919c; stroke-width: 1.6; } .lab .arrow.back { stroke-dasharray: 4 3; }
.lab .arrow.lit { stroke: var(--accent); stroke-width: 3; } .lab #head path { fill: #8a919c; }
.lab .arrow.flows { stroke-dasharray: 6 4; animation: flow 0.8s linear infinite; stroke: var(--accent); }
@keyframes flow { to { stroke-dashoffset: -10; } }
@media (prefers-reduced-motion: reduce) { .lab .arrow.flows { animation: none; } }
.lab .draw { margin: 6px 0 0 20px; }
.lab .tour { position: fixed; z-index: 9; width: min(320px, 86%); background: var(--back); border: 2px solid var(--accent); border-radius: 8px;
  padding: 10px 14px; box-shadow: 0 4px 20px #0005; } .lab .tour p { margin: 4px 0 8px; }
`;
