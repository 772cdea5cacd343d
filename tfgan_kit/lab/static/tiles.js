// A picture of tiles in which one can be chosen: by pointer, touch and arrow keys. If it is
// continuous, it is a map from -1 to 1 both ways, and beside it is the image at the place pointed at.

const STYLE = `
.picture { display: flex; flex-wrap: wrap; width: 100%; gap: 10px; align-items: flex-start }
.grid { position: relative; flex: 1 1 240px; max-width: 420px; cursor: pointer; outline-offset: 2px }
.grid:focus-visible { outline: 3px solid #e08214 }
.grid.map { touch-action: none; cursor: crosshair }
.grid img { display: block; width: 100%; image-rendering: pixelated }
.grid.smooth img, .smooth + .preview { image-rendering: auto }
.at { position: absolute; box-sizing: border-box; border: 3px solid #e08214; pointer-events: none }
.map .at { width: 16px; height: 16px; margin: -8px; border-radius: 8px; box-shadow: 0 0 0 1px #fff }
.mark { position: absolute; margin: -9px; width: 18px; height: 18px; border-radius: 9px;
  font: bold 12px/18px sans-serif; text-align: center; color: #fff; background: #4575b4;
  box-shadow: 0 0 0 1px #fff; pointer-events: none }
.preview { flex: 0 0 auto; max-width: 100%; image-rendering: pixelated }
[hidden] { display: none }
`;

export function render({ model }) {
  const root = document.createElement("div");
  root.className = "picture";
  root.innerHTML = `<style>${STYLE}</style>
    <div class="grid" tabindex="0" role="application"><img alt="" draggable="false"><i class="at"></i>
    </div><canvas class="preview" width="1" height="1" role="img"></canvas>`;
  const [tiles, preview] = [root.querySelector(".grid"), root.querySelector(".preview")];
  const [image, at] = [root.querySelector("img"), root.querySelector(".at")];
  let waiting = false, next = null;

  // From the share of the picture's width or height to the place, and back.
  const places = {
    from: (share, n) => model.continuous
      ? Math.min(1, Math.max(-1, n < 2 ? 0 : (2 * (share * n - 0.5)) / (n - 1) - 1))
      : Math.min(n - 1, Math.max(0, Math.floor(share * n))),
    to: (place, n) => (((place + 1) / 2) * (n - 1) + 0.5) / n,
  };

  function pointed(event) {
    const box = tiles.getBoundingClientRect();
    const x = places.from((event.clientX - box.left) / box.width, model.columns);
    const y = places.from((event.clientY - box.top) / box.height, model.rows);
    return model.continuous ? [x, -y] : [x, y];
  }

  function ask(place) {
    if (!model.continuous) return;
    if (waiting) next = place;
    else {
      waiting = true;
      model.send_msg({ place });
    }
  }

  function choose(place) {
    if (model.continuous || place[1] * model.columns + place[0] < model.count) {
      model.cursor = place;
    }
    ask(place);
  }

  function show() {
    const { columns, rows } = model;
    const [x, y] = model.cursor;
    tiles.classList.toggle("map", model.continuous);
    tiles.classList.toggle("smooth", model.smooth);
    tiles.setAttribute("aria-label", model.description);
    tiles.title = model.description;
    preview.hidden = !model.continuous;
    preview.setAttribute("aria-label", "The image at the place pointed at");
    if (image.src !== model.source) image.src = model.source;
    tiles.hidden = !model.source;
    const place = model.continuous
      ? { left: places.to(x, columns), top: places.to(-y, rows) }
      : { left: x / columns, top: y / rows, width: 1 / columns, height: 1 / rows };
    for (const side in place) at.style[side] = `${100 * place[side]}%`;
    for (const mark of root.querySelectorAll(".mark")) mark.remove();
    for (const [text, left, top] of model.marks) {
      const mark = document.createElement("span");
      mark.className = "mark";
      mark.textContent = text;
      mark.style.left = `${100 * places.to(left, columns)}%`;
      mark.style.top = `${100 * places.to(-top, rows)}%`;
      tiles.append(mark);
    }
  }

  model.on("msg:custom", ({ pixels, place }) => {
    waiting = false;
    if (pixels) {
      const [height, width] = pixels.shape;
      [preview.width, preview.height] = [width, height];
      preview.style.width = `${Math.max(180, width)}px`;
      const bytes = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, 4 * width * height);
      preview.getContext("2d").putImageData(new ImageData(bytes, width, height), 0, 0);
      preview.dataset.place = place.join(" ");
    }
    if (next) {
      const place = next;
      next = null;
      ask(place);
    }
  });
  model.on(["source", "columns", "rows", "cursor", "marks"], show);
  model.on("asked", () => ask(model.cursor));

  tiles.addEventListener("pointermove", (event) => ask(pointed(event)));
  tiles.addEventListener("pointerleave", () => ask(model.cursor));
  tiles.addEventListener("pointerdown", (event) => {
    if (model.continuous) tiles.setPointerCapture(event.pointerId);
    ask(pointed(event));
  });
  tiles.addEventListener("pointerup", (event) => choose(pointed(event)));
  tiles.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key === "Enter" || event.key === "p") model.send_msg({ pressed: "pin" });
    if (!(event.key in moves)) return;
    event.preventDefault();
    const [x, y] = moves[event.key];
    const limits = [model.columns, model.rows].map((n) => [0, n - 1]);
    const place = model.continuous
      ? [model.cursor[0] + x / 8, model.cursor[1] - y / 8]
      : [model.cursor[0] + x, model.cursor[1] + y];
    choose(place.map((value, axis) => {
      const [low, high] = model.continuous ? [-1, 1] : limits[axis];
      return Math.min(high, Math.max(low, value));
    }));
  });
  show();
  ask(model.cursor);
  return root;
}
