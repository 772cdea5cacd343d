// One image at a time, for an exact time; two buttons and keys. It never knows what an image is
// before the answer.
const FIXATION = 500, MASK = 30, MASKS = 5, VERDICT = 900
const KEYS = {f: "real", arrowleft: "real", j: "generated", arrowright: "generated"}

const HTML = `
<style>
  .stage { display: flex; flex-direction: column; align-items: center; gap: 12px; outline: none;
    font: 16px/1.4 system-ui, sans-serif; color: var(--panel-on-background-color, inherit) }
  .place { display: grid; place-items: center; width: 100%;
    height: var(--side, 280px) }
  .place > * { grid-area: 1 / 1 }
  canvas { image-rendering: pixelated; visibility: hidden }
  .sign { font-size: 22px; text-align: center; max-width: 400px }
  .line { min-height: 24px; font-weight: 600 }
  .line.right { color: #3d8b40 } .line.wrong { color: #d9480f }
  .buttons { display: flex; gap: 12px; width: 100%; max-width: 480px }
  button { flex: 1; min-height: 64px; border: 0; border-radius: 8px; font: inherit; font-size: 20px;
    font-weight: 600; cursor: pointer; touch-action: manipulation; color: #fff; background: #3d6cb0 }
  button.generated { color: #1f1300; background: #e08214 }
  button:disabled { opacity: .4; cursor: default }
  button small { display: block; font-weight: 400; font-size: 13px }
  button:focus-visible { outline: 3px solid currentColor }
</style>
<div class="stage" tabindex="0" aria-label="Image to judge">
  <div class="place"><canvas></canvas><div class="sign"></div></div>
  <div class="line" role="status"></div>
  <div class="buttons">
    <button class="real" title="The image is from the training data: key F or ←">Real
      <small>F or ←</small></button>
    <button class="generated" title="The image was made by the generator: key J or →">Generated
      <small>J or →</small></button>
  </div>
</div>`

const frame = () => new Promise(requestAnimationFrame)
const wait = (ms) => new Promise((done) => setTimeout(done, ms))

function paint(canvas, image, order) {
  const [height, width, channels] = image.shape
  const pixels = new ImageData(width, height)
  for (let i = 0; i < width * height; i++) {
    const from = (order ? order[i] : i) * channels
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = image[from + (channels === 3 ? c : 0)]
    pixels.data[4 * i + 3] = 255
  }
  canvas.width = width
  canvas.height = height
  canvas.getContext("2d").putImageData(pixels, 0, 0)
}

function shuffled(num) {
  const order = Uint32Array.from({length: num}, (_, i) => i)
  for (let i = num - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]]
  }
  return order
}

export function render({model, el}) {
  el.innerHTML = HTML
  const find = (selector) => el.querySelector(selector)
  const stage = find(".stage"), canvas = find("canvas"), sign = find(".sign"), line = find(".line")
  const buttons = [find("button.real"), find("button.generated")]
  let trial = null, since = null, shown = null

  const enable = (on) => buttons.forEach((button) => { button.disabled = !on })
  const show = (on) => { canvas.style.visibility = on ? "visible" : "hidden" }

  function enlarge(image) {
    const [height, width] = image.shape
    const room = Math.min(stage.clientWidth || 320, 448, Math.max(160, innerHeight - 300))
    const scale = room / Math.max(height, width)
    const factor = scale >= 1 ? Math.floor(scale) : scale
    canvas.style.width = `${width * factor}px`
    canvas.style.height = `${height * factor}px`
    stage.style.setProperty("--side", `${Math.max(height * factor, 160)}px`)
  }

  async function present(next) {
    const mine = trial = next
    since = shown = null
    line.textContent = `Image ${next.number} of ${next.total}`
    line.className = "line"
    show(false)
    enlarge(next.image)
    sign.textContent = "+"
    await wait(FIXATION)
    // Painted before it is seen, so that its first frame is whole.
    paint(canvas, next.image)
    await frame()
    if (trial !== mine) return
    sign.textContent = ""
    show(true)
    const begun = await frame()
    if (trial !== mine) return
    since = begun
    enable(true)
    if (next.exposure === null) return
    // The frame that is nearest to the time; half a frame at 60 Hz.
    let now = since
    while (trial === mine && now - since < next.exposure - 8) now = await frame()
    if (trial !== mine) return
    shown = now - since
    const num = next.image.shape[0] * next.image.shape[1]
    for (let i = 0; i < MASKS && trial === mine; i++) {
      paint(canvas, next.image, shuffled(num))
      await wait(MASK)
    }
    if (trial !== mine) return
    show(false)
    sign.textContent = "Real or generated?"
  }

  function answer(kind, time) {
    if (!trial || since === null) return
    const now = Math.max(time, since)
    const visible = shown === null ? now - since : shown
    enable(false)
    model.send_msg({answer: kind, number: trial.number, seconds: (now - since) / 1000, shown: visible})
    judged = trial
    trial = since = null
  }

  let judged = null, turn = 0
  async function receive({verdict, next, text}) {
    const mine = ++turn
    trial = null
    if (verdict) {
      paint(canvas, judged.image)
      show(true)
      sign.textContent = ""
      line.textContent = verdict.text
      line.className = `line ${verdict.right ? "right" : "wrong"}`
      await wait(VERDICT)
      if (turn !== mine) return
    }
    if (next) return present(next)
    show(false)
    enable(false)
    line.textContent = ""
    sign.textContent = text
  }

  for (const button of buttons) {
    const kind = button.className
    button.addEventListener("pointerdown", (event) => answer(kind, event.timeStamp))
    // By the keyboard or a screen reader.
    button.addEventListener("click", (event) => { if (!event.detail) answer(kind, event.timeStamp) })
  }

  function press(event) {
    const kind = KEYS[event.key.toLowerCase()]
    const here = event.composedPath().includes(stage) || document.activeElement === document.body
    if (!kind || !here || !trial || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    if (!event.repeat) answer(kind, event.timeStamp)
  }
  document.addEventListener("keydown", press, true)
  model.on("remove", () => document.removeEventListener("keydown", press, true))

  model.on("msg:custom", (data) => {
    receive(data)
    if (!data.focus) return
    stage.focus({preventScroll: true})
    stage.scrollIntoView({block: "nearest"})
  })
  enable(false)
  // Drawn, or drawn again: what is there to judge?
  model.send_msg({ready: true})
}
