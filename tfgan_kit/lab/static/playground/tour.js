// A guided tour of two minutes: one place and one short text at a time.
const STOPS = [
  [".graph", "Two networks", "The <b>generator</b> turns noise into points. The <b>discriminator</b> sees real and generated points and says how sure it is that each is real."],
  [".layers", "The square", "Blue dots are real points, orange diamonds are generated. In the blue area the discriminator takes points for real, in the orange area for generated."],
  ['[data-act="play"]', "Train", "Press Play. In each iteration the discriminator learns to tell the points apart, then the generator learns to deceive it."],
  [".chips", "Layers", "Gradients show where each generated point is pulled. The manifold shows how the generator bends the square of noise. Switch off what you do not need."],
  [".charts", "Is it working?", "The divergences say how far the generated points are from the real ones: 0 is the same. Losses alone do not say whether it works."],
  ['[data-act="slow"]', "Slow motion", "It goes through the ten stages of an iteration, one a second, and lights the active part."],
  [".controls", "Change it", "Data, networks, losses and rates can be changed while it trains. The presets show what goes wrong with GANs, and what helps. The address of the page keeps all your settings."],
];

export function makeTour(root) {
  let box = null, index = 0, target = null;
  const clear = () => target?.style.removeProperty("outline");
  const stop = () => {
    clear();
    box?.remove();
    box = null;
  };
  function show() {
    clear();
    const [selector, title, text] = STOPS[index];
    // The settings are beside the picture; in a notebook, too.
    target = root.querySelector(selector) || root.getRootNode().host.getRootNode().querySelector(selector);
    target.style.outline = "3px solid #0072b2";
    const last = index === STOPS.length - 1;
    box.innerHTML = `<b>${index + 1} of ${STOPS.length}: ${title}</b><p>${text}</p>
      <button data-tour="back" ${index ? "" : "disabled"}>Back</button> <button data-tour="next">${last ? "Done" : "Next"}</button>
      <button data-tour="stop">Close</button>`;
    target.scrollIntoView({ block: "nearest" });
    place(target.getBoundingClientRect());
    box.querySelector('[data-tour="next"]').focus();
  }
  // Below, above, right or left of what it explains, where there is room.
  function place({ left, top, right, bottom }) {
    const [width, height] = [box.offsetWidth, box.offsetHeight];
    const [across, down] = [innerWidth - width - 8, innerHeight - height - 8];
    const beside = Math.max(8, Math.min(top, down)), along = Math.max(8, Math.min(left, across));
    const places = [[along, bottom + 8], [along, top - height - 8], [right + 8, beside], [left - width - 8, beside]];
    const fits = ([x, y]) => x >= 0 && y >= 0 && x <= across + 8 && y <= down + 8;
    const [x, y] = places.find(fits) || [across, down];
    Object.assign(box.style, { left: `${x}px`, top: `${y}px` });
  }
  const move = (by) => {
    index += by;
    if (index >= STOPS.length) stop();
    else show();
  };
  return {
    start() {
      stop();
      index = 0;
      box = document.createElement("div");
      box.className = "tour";
      box.setAttribute("role", "dialog");
      box.addEventListener("click", (event) => {
        const { tour } = event.target.dataset;
        if (tour === "stop") stop();
        if (tour === "next") move(1);
        if (tour === "back") move(-1);
      });
      box.addEventListener("keydown", (event) => {
        event.stopPropagation();
        if (event.key === "Escape") stop();
      });
      root.append(box);
      show();
    },
  };
}
