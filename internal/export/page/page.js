// What a person sees and does.

const $ = id => document.getElementById(id);
const make = name => document.createElement(name);
const lastSeed = 2n ** 64n - 1n;
const state = { seed: 0n, shifts: [], spread: 1, pins: [], playing: 0, position: 0, place: null, name: "" };

// fill paints z on a canvas at the pictures' own size.
function fill(canvas, z) {
  canvas.width = canvas.height = model.size;
  canvas.getContext("2d").putImageData(paint(z), 0, 0);
}

// shifted moves z by the sliders.
function shifted(z) {
  const step = Math.sqrt(model.nz * (model.latent === "normal" ? 1 : 1 / 3)); // the usual length of a z
  return z.map((v, i) => state.shifts.reduce((sum, s, k) => sum + s * step * model.directions[k][i], v * state.spread));
}

// show paints the picture on the stage: of the seed, or of a place { z, words } on the way of a morph.
function show(place = null) {
  state.place = place;
  fill($("picture"), shifted(place ? place.z : latent(state.seed)));
  const moved = state.spread !== 1 || state.shifts.some(s => s !== 0);
  const words = (place ? place.words : "Seed " + state.seed) + (moved ? ", moved" : "");
  state.name = (place ? "morph" : "seed-" + state.seed) + (moved ? "-moved" : "");
  $("caption").textContent = words;
  $("picture").setAttribute("aria-label", "Picture: " + words);
}

// parseSeed returns a whole number from 0 to 2^64 - 1, or null.
function parseSeed(text) {
  text = text.trim();
  if (!/^\d{1,20}$/.test(text)) return null;
  const seed = BigInt(text);
  return seed <= lastSeed ? seed : null;
}

function choose(seed) {
  stop();
  state.seed = (seed + lastSeed + 1n) % (lastSeed + 1n);
  $("seed").value = state.seed;
  $("seed").setCustomValidity("");
  try { history.replaceState(null, "", "#" + state.seed); } catch { /* a page inside another may have no address */ }
  document.querySelectorAll(".tile").forEach(mark);
  show();
}

// lookAtStage scrolls to the picture, if it is out of sight.
function lookAtStage() { $("picture").parentElement.scrollIntoView({ block: "nearest" }); }

function anySeed() { return BigInt(Math.floor(Math.random() * 1e9)); }

// mark marks a tile if its seed is the one on the stage.
function mark(tile) { tile.setAttribute("aria-current", tile.dataset.seed === String(state.seed)); }

// tile makes a button with the picture of a seed, painted as soon as there is time.
function tile(seed) {
  const button = make("button"), canvas = make("canvas"), label = make("span");
  button.className = "tile";
  button.dataset.seed = seed;
  button.setAttribute("aria-label", "Seed " + seed);
  label.textContent = seed;
  canvas.width = canvas.height = model.size;
  button.append(canvas, label);
  mark(button);
  button.onclick = () => { choose(seed); lookAtStage(); };
  later(() => fill(canvas, latent(seed)));
  return button;
}

// later runs work piece by piece, so that the page answers in between.
const queue = [];
function later(work) {
  if (queue.push(work) === 1) setTimeout(workOn);
}
function workOn() {
  const end = performance.now() + 30;
  while (queue.length && performance.now() < end) { queue[0](); queue.shift(); }
  document.body.toggleAttribute("data-busy", queue.length > 0);
  if (queue.length) setTimeout(workOn);
}

// sheet

function layOut() {
  const first = parseSeed($("first").value);
  $("first").setCustomValidity(first === null ? "a whole number from 0 to " + lastSeed : "");
  if (!$("first").reportValidity()) return;
  const seeds = Array.from({ length: Number($("count").value) }, (_, i) => (first + BigInt(i)) % (lastSeed + 1n));
  $("sheet").replaceChildren(...seeds.map(tile));
}

// drawSheet returns a canvas with the pictures of the sheet, their seeds printed.
function drawSheet() {
  const tiles = [...document.querySelectorAll("#sheet .tile")], columns = Math.ceil(Math.sqrt(tiles.length));
  const side = Math.max(128, model.size), gap = 12, line = 22, canvas = make("canvas");
  canvas.width = gap + columns * (side + gap);
  canvas.height = gap + Math.ceil(tiles.length / columns) * (side + line + gap);
  const draw = canvas.getContext("2d");
  draw.fillStyle = "#fff";
  draw.fillRect(0, 0, canvas.width, canvas.height);
  draw.fillStyle = "#333";
  draw.font = "13px system-ui, sans-serif";
  draw.textAlign = "center";
  setSmoothing(draw);
  tiles.forEach((t, i) => {
    const x = gap + i % columns * (side + gap), y = gap + Math.floor(i / columns) * (side + line + gap);
    draw.drawImage(t.querySelector("canvas"), x, y, side, side);
    draw.fillText(t.dataset.seed, x + side / 2, y + side + 16, side);
  });
  return canvas;
}

// saving

function smoothed() { return $("smooth").getAttribute("aria-pressed") === "true"; }

function setSmoothing(draw) {
  draw.imageSmoothingEnabled = smoothed();
  draw.imageSmoothingQuality = "high";
}

function save(canvas, name) {
  canvas.toBlob(blob => {
    const link = make("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60e3);
  }, "image/png");
}

function savePicture() {
  const scale = Number($("scale").value), canvas = make("canvas");
  canvas.width = canvas.height = model.size * scale;
  const draw = canvas.getContext("2d");
  setSmoothing(draw);
  draw.drawImage($("picture"), 0, 0, canvas.width, canvas.height);
  save(canvas, model.file + "-" + state.name + ".png");
}

// morph: a closed way through the pinned seeds, position 0 to 1

function pin(seed) {
  state.pins.push(seed);
  const frame = make("div"), remove = make("button");
  frame.className = "pin";
  remove.className = "remove";
  remove.textContent = "×";
  remove.setAttribute("aria-label", "Take seed " + seed + " out of the morph");
  remove.onclick = () => {
    state.pins.splice([...$("pins").children].indexOf(frame), 1);
    frame.remove();
  };
  frame.append(tile(seed), remove);
  $("pins").append(frame);
}

function showWay(position) {
  state.position = position % 1;
  $("position").value = state.position;
  const n = state.pins.length, at = state.position * n, k = Math.floor(at) % n, t = at - Math.floor(at);
  if (n === 0) return;
  const from = state.pins[k], to = state.pins[(k + 1) % n];
  show({ z: slerp(latent(from), latent(to), t * t * (3 - 2 * t)), words: "From " + from + " to " + to });
}

function play() {
  if (state.playing) return stop();
  if (state.pins.length < 2) pin(anySeed());
  let before = performance.now();
  const frame = now => {
    const seconds = Math.max(0.2, Number($("seconds").value) || 2) * state.pins.length;
    if (!state.pins.length) return stop();
    showWay(state.position + Math.max(0, now - before) / 1000 / seconds);
    before = now;
    state.playing = requestAnimationFrame(frame);
  };
  state.playing = requestAnimationFrame(frame);
  $("play").textContent = "Stop";
  lookAtStage();
}

function stop() {
  cancelAnimationFrame(state.playing);
  state.playing = 0;
  $("play").textContent = "Play";
}

// refresh paints the stage again after a slider moved; a morph that plays does so by itself.
function refresh() { if (!state.playing) show(state.place); }

function slider(name, low, high, value, set) {
  const label = make("label"), input = make("input"), output = make("output");
  Object.assign(input, { type: "range", min: low, max: high, step: 0.01, value });
  input.defaultValue = value;
  const put = () => { set(Number(input.value)); output.textContent = Number(input.value).toFixed(2); };
  input.oninput = () => { put(); refresh(); };
  input.ondblclick = () => { input.value = input.defaultValue; input.oninput(); };
  label.append(name, input, output);
  $("sliders").append(label);
  put();
}

function reset() {
  for (const input of document.querySelectorAll("#sliders input")) {
    input.value = input.defaultValue;
    input.oninput();
  }
}

// buttons are those that keys press.
const buttons = {
  ArrowLeft: "previous", ArrowRight: "next", r: "random", p: "pin", s: "save", 0: "reset", " ": "play",
};

function start() {
  $("about").textContent = model.about;
  $("footer").textContent = model.footer;
  model.directions.forEach((_, k) => slider("Direction " + (k + 1), -0.5, 0.5, 0, v => { state.shifts[k] = v; }));
  slider("Variety", 0, 1.5, 1, v => { state.spread = v; });
  for (const scale of [1, 2, 4, 8, 16]) {
    $("scale").add(new Option(model.size * scale + " × " + model.size * scale, scale, scale === 8, scale === 8));
  }
  $("seed").oninput = () => {
    const seed = parseSeed($("seed").value);
    $("seed").setCustomValidity(seed === null ? "a whole number from 0 to " + lastSeed : "");
    if (seed !== null) choose(seed);
  };
  $("seed").onchange = () => $("seed").reportValidity();
  $("previous").onclick = () => choose(state.seed - 1n);
  $("next").onclick = () => choose(state.seed + 1n);
  $("random").onclick = () => choose(anySeed());
  $("reset").onclick = reset;
  $("smooth").onclick = () => {
    $("smooth").setAttribute("aria-pressed", !smoothed());
    document.body.classList.toggle("square", !smoothed());
  };
  $("save").onclick = savePicture;
  $("play").onclick = play;
  $("pin").onclick = () => pin(state.seed);
  $("position").oninput = () => { stop(); showWay(Number($("position").value)); };
  $("first").onchange = $("count").onchange = layOut;
  $("shuffle").onclick = () => { $("first").value = anySeed(); layOut(); };
  $("save-sheet").onclick = () => later(() => save(drawSheet(), model.file + "-sheet.png"));
  onkeydown = e => {
    if (e.target.matches("input, select") || e.ctrlKey || e.metaKey || e.altKey) return;
    const key = buttons[e.key];
    if (!key || e.key === " " && e.target.matches("button")) return;
    e.preventDefault();
    $(key).click();
  };
  onhashchange = () => {
    const seed = parseSeed(location.hash.slice(1));
    if (seed !== null && seed !== state.seed) choose(seed);
  };
  choose(parseSeed(location.hash.slice(1)) ?? BigInt(model.seed));
  for (const seed of [3n, 14n, 15n, 92n]) pin(seed);
  layOut();
}

start();
