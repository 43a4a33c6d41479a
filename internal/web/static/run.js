// A run: its curves over steps, and the sheets of its steps under them.

import { h, count, duration, figure, empty, problem, segments, statePill, toast } from "./dom.js";
import { json, runPath } from "./api.js";
import { Chart } from "./chart.js";
import { LiveSettings, RunControls, rateName } from "./control.js";
import { Happenings, alarmName, happenings } from "./events.js";

export const LOSSES = [
  { key: "discriminator_loss", label: "D", tint: 1 },
  { key: "discriminator_loss_on_real", label: "D on real", tint: 2 },
  { key: "discriminator_loss_on_generated", label: "D on generated", tint: 3 },
  { key: "generator_loss", label: "G", tint: 4 },
];
export const VERDICTS = [{ key: "d_x", label: "D(x), of real", tint: 2 }, { key: "d_gz", label: "D(G(z)), of generated", tint: 3 }];

// The figures of an objective that compares logits, in place of verdicts.
export const MARGINS = [
  { title: "D(x) − D(G(z))", height: 170, curves: [{ key: "d_margin", label: "margin", tint: 2 }, { key: "d_sign", label: "its sign", tint: 5 }] },
  { title: "Probability of augmentation", height: 140, range: [0, 1], curves: [{ key: "augment_p", label: "p", tint: 1 }] },
  { title: "Squared gradients of D", height: 140, curves: [{ key: "r1", label: "R1, at real", tint: 2 }, { key: "r2", label: "R2, at generated", tint: 3 }] },
];

// The scores of checkpoints, if the training computes them, each with what it says in a sentence. A dashed line is a
// score's floor.
const one = (key, title, tint, hint) => ({ title, hint, curves: [{ key, label: title, tint }], height: 140 });
export const SCORES = [
  { title: "Kernel distance", height: 140, hint: "How different samples and data are to a small network; less is better. Dashed: the floor, what real pictures score in place of the samples.",
    curves: [{ key: "kid", label: "KID", tint: 1 }] },
  { title: "Shares", height: 150, range: [0, 1], hint: "Whether samples lie among the data, and the data among samples; early on all are 0.", curves: [
    { key: "precision", label: "samples like data", tint: 2 }, { key: "recall", label: "data like samples", tint: 5 },
    { key: "coverage", label: "data with a sample nearby", tint: 6 }, { key: "near_duplicates", label: "near duplicates", tint: 3 }] },
  { title: "Nearness", height: 150, range: [0, 1], hint: "How near they come to each other, 1 as near as the data among themselves; it moves while the shares are 0.", curves: [
    { key: "realism", label: "samples to data", tint: 2 }, { key: "closeness", label: "data to samples", tint: 6 }] },
  one("fd", "Fréchet distance", 1, "As the kernel distance, but less of it with more pictures; not FID."),
  one("swd", "Sliced Wasserstein distance", 5, "How different small patches of pixels are, without a network; less is better."),
  one("copies", "Copies", 3, "Share of the samples that are training pictures over again."),
  one("sharpness", "Sharpness, relative to the data", 4, "Below 1 the samples are blurred, above it noisy."),
  one("density", "Density", 2, "How many pictures of the data a sample lies among; about 1 for real ones."),
];
const KNOWN = new Set([...LOSSES, ...VERDICTS, ...[...MARGINS, ...SCORES].flatMap((s) => s.curves), { key: "kid_stderr" }, { key: "n" }].map((c) => c.key));

const SMOOTHING = [0, 0.6, 0.8, 0.9, 0.95, 0.99, 0.997];
const FRAME = 260; // milliseconds per sheet while the film plays

export function runView(root, first, state) {
  let run = first, series = null, step = null, playing = null, hovering = false;
  const zoom = { from: null, to: null };
  const settings = { smooth: 0.9, log: false, byTime: false };

  const pill = h("span"), facts = h("div", { class: "facts" }), failed = h("div"), trouble = h("div");
  const controls = state.session.control ? new RunControls() : null, live = state.session.control ? new LiveSettings() : null;
  const happened = new Happenings((s) => onPick(toX(s)));
  let full = null, fullOf = "";
  const onChart = { onHover, onPick, onZoom, sync: "run" };
  const charts = [
    new Chart({ title: "Losses", curves: LOSSES, height: 270, ...onChart }),
    new Chart({ title: "Verdicts of D", curves: VERDICTS, height: 170, range: [0, 1], ...onChart }),
  ];
  const others = h("div", { class: "stack" }), more = h("div", { class: "stack" });
  const moreBox = h("details", { hidden: true }, h("summary", {}, "More curves"), more);

  const logButton = h("button", { type: "button", "aria-pressed": "false", onclick: toggleLog }, "Log scale");
  const reset = h("button", { type: "button", disabled: true, onclick: () => onZoom(null, null) }, "Zoom out");
  const amount = h("output", { class: "number small" }, "0.9");
  const smooth = h("input", { type: "range", min: 0, max: SMOOTHING.length - 1, value: 3, "aria-label": "Smoothing" });
  smooth.addEventListener("input", () => {
    settings.smooth = SMOOTHING[smooth.value];
    amount.textContent = settings.smooth || "none";
    load();
  });
  const tools = h("div", { class: "tools" },
    h("label", {}, "Smoothing", smooth, amount), logButton,
    segments("Axis", [[false, "Steps"], [true, "Time"]], false, (v) => { settings.byTime = v; draw(); }),
    h("span", { class: "segments", role: "group", "aria-label": "Zoom" }, h("button", { type: "button", "aria-label": "Zoom in at the sheet's step", title: "Zoom in (+)", onclick: () => zoomBy(0.5) }, "+"), h("button", { type: "button", "aria-label": "Zoom out a little", title: "Zoom out (-)", onclick: () => zoomBy(2) }, "−")), reset,
    h("span", { class: "soft small hint" }, "drag over a chart to zoom"));

  const strip = h("div", { class: "strip", role: "listbox", "aria-label": "Sheets by step" });
  const film = h("section", { class: "panel" }, h("header", {}, h("h2", {}, "Film strip"), h("span", { class: "soft small" }, "the same seeds, step by step")), strip);

  const sheet = h("img", { class: "sheet", alt: "" });
  const stepText = h("span", { class: "step", "aria-live": "off" });
  const detail = h("span", { class: "soft small number" });
  const play = h("button", { type: "button", class: "primary", onclick: togglePlay }, "▶ Play");
  const slider = h("input", { type: "range", min: 0, max: 0, value: 0, "aria-label": "Sheet" });
  slider.addEventListener("input", () => choose(run.sheets[slider.value], true));
  const position = h("span", { class: "soft small number" });
  const gif = h("a", { class: "button", download: "" }, "Export GIF");
  const whole = h("a", { class: "button", download: "" }, "Save sheet");
  const side = h("section", { class: "panel side", "aria-label": "The sheet of the step" },
    h("header", {}, stepText, h("span", { class: "grow" }), detail), sheet,
    h("div", { class: "player" }, play, slider, position),
    h("div", { class: "tools" }, gif, whole));
  const noSheet = empty("No sheet yet", "The first sheet of samples appears after as many steps as the setting sample_every says.");

  root.append(h("div", { class: "head" }, h("h1", {}, run.name), pill, h("span", { class: "grow" }), controls?.element ?? ""), facts, trouble, failed, happened.now, h("div", { class: "run" },
    h("div", { class: "stack" }, tools, ...charts.map((c) => c.element), film, live?.element ?? h("div", { class: "live", hidden: true }), happened.element, others, moreBox), side));

  const many = (n, what) => [h("b", {}, count(n)), ` ${what}${n === 1 ? "" : "s"}`];
  function showHead() {
    pill.replaceChildren(statePill(run.state));
    facts.replaceChildren(...[
        h("span", {}, h("b", {}, count(run.step)), ` of ${count(run.steps)} steps`),
        h("span", {}, h("b", {}, duration(run.time_s)), " trained"),
        run.state === "running" && run.step ? h("span", {}, "about ", h("b", {}, duration((run.steps - run.step) * run.time_s / run.step)), " to go") : null,
        h("span", {}, h("b", {}, `${run.size}×${run.size}`), `, recipe ${run.recipe}`),
        h("span", {}, ...many(run.sheets.length, "sheet"), ", ", ...many(run.checkpoints.length, "checkpoint"))].filter(Boolean));
    trouble.replaceChildren(...[
      run.failure ? problem({ message: `The training failed: ${run.failure}`, hint: run.hint }) : null,
      run.note ? problem({ message: `A file is damaged: ${run.note}` }) : null].filter(Boolean));
    controls?.update(run, full);
    live?.update(run);
  }

  // learn requests the best checkpoint and the rates of each, whenever the checkpoints change.
  async function learn() {
    const have = String(run.full);
    if (!controls || have === fullOf) return;
    fullOf = have;
    full = await json(runPath(run.name)).catch(() => full);
    controls.update(run, full);
  }

  // load requests the curves at the screen's resolution. Only the latest request counts.
  let asked = 0, busy = false;
  async function load() {
    const mine = ++asked;
    if (busy) return;
    busy = true;
    const p = { points: Math.min(2400, Math.max(400, Math.round(charts[0].box.clientWidth * 1.5))), smooth: settings.smooth };
    if (zoom.from !== null) Object.assign(p, { from: Math.max(0, Math.floor(zoom.from)), to: Math.max(0, Math.ceil(zoom.to)) });
    try {
      series = await json(runPath(run.name, "series", p));
      failed.replaceChildren();
      draw();
    } catch (e) {
      failed.replaceChildren(problem(e));
    }
    busy = false;
    if (mine !== asked) load();
  }

  function draw() {
    if (!series) return;
    for (const s of wanted()) {
      if (charts.some((c) => c.title === s.title)) continue;
      const c = new Chart({ ...s, ...onChart });
      charts.push(c);
      ([MARGINS[0], SCORES[0], SCORES[1], SCORES[2]].some((w) => w.curves === s.curves) ? others : more).append(c.element);
    }
    moreBox.hidden = !more.childElementCount;
    const all = happenings(series.events);
    happened.update(all);
    const marks = {
      bands: all.bands.map((b) => ({ from: toX(b.from), to: b.to === null ? null : toX(b.to), text: `${alarmName(b.name)} at step ${b.from}. ${b.advice || ""}` })),
      changes: all.changes.map((c) => ({ x: toX(c.step), text: `${rateName(c.setting)} is ${c.value} from step ${c.step} on` })),
    };
    const x = settings.byTime ? series.times : series.steps;
    const raw = {}, smoothed = settings.smooth ? {} : null;
    for (const [key, c] of Object.entries(series.curves)) {
      raw[key] = c.raw;
      if (smoothed) smoothed[key] = c.smooth;
    }
    for (const c of charts) {
      c.log = settings.log && !c.range;
      c.byTime = settings.byTime;
      c.happened = marks;
      c.set({ x, raw, smooth: smoothed, floor: series.floor });
    }
    point();
  }

  // wanted returns the charts of a run's other figures: margins, scores,
  // and figures that this page does not know.
  function wanted() {
    const extra = Object.keys(series.curves).filter((k) => !KNOWN.has(k)).sort();
    return [...MARGINS, ...SCORES].filter((s) => s.curves.some((c) => c.key in series.curves)).concat(extra.map((key, i) => one(key, key.replaceAll("_", " "), 1 + (4 + i) % 6)));
  }

  // Steps and the x of the charts.
  function toX(s) {
    if (!settings.byTime || !series) return s;
    return nearestTo(series.steps, series.times, s);
  }
  const toStep = (x) => (settings.byTime ? nearestTo(series.times, series.steps, x) : x);
  function nearestTo(from, to, v) {
    let lo = 0, hi = from.length - 1;
    while (lo < hi) { const m = (lo + hi) >> 1; from[m] < v ? lo = m + 1 : hi = m; }
    return to[lo] ?? null;
  }
  const point = () => { if (step !== null && !hovering) for (const c of charts) c.point(toX(step)); };

  function nearestSheet(s) {
    return run.sheets.reduce((best, v) => (Math.abs(v - s) < Math.abs(best - s) ? v : best), run.sheets[0]);
  }
  function onHover(x) {
    hovering = x !== null;
    if (x !== null && run.sheets.length && series) choose(nearestSheet(toStep(x)), false);
    else point();
  }
  function onPick(x) {
    stop();
    if (run.sheets.length && series) choose(nearestSheet(toStep(x)), true);
  }
  function onZoom(a, b) {
    zoom.from = a === null ? null : toStep(a);
    zoom.to = b === null ? null : toStep(b);
    reset.disabled = zoom.from === null;
    load();
  }
  // zoomBy narrows or widens the range of steps around the sheet's step; moveBy shifts it.
  function zoomBy(factor) {
    if (!series?.steps.length) return;
    const [from, to] = [zoom.from ?? series.first, zoom.to ?? series.last], width = Math.max(4, (to - from) * factor);
    const middle = step !== null && step >= from && step <= to ? step : (from + to) / 2;
    const share = to > from ? (middle - from) / (to - from) : 0.5;
    setZoom(middle - width * share, middle + width * (1 - share));
  }
  function moveBy(part) {
    if (zoom.from === null) return;
    const by = (zoom.to - zoom.from) * part;
    setZoom(zoom.from + by, zoom.to + by);
  }
  function setZoom(from, to) {
    const width = to - from;
    if (width >= series.last - series.first) return onZoom(null, null);
    zoom.from = Math.max(series.first, Math.min(series.last - width, from));
    zoom.to = zoom.from + width;
    reset.disabled = false;
    load();
  }
  function toggleLog() {
    settings.log = !settings.log;
    logButton.setAttribute("aria-pressed", String(settings.log));
    draw();
  }

  // choose shows the sheet of a step.
  function choose(s, scroll) {
    if (s === undefined || s === step) return;
    step = s;
    const i = run.sheets.indexOf(s);
    slider.value = i;
    slider.setAttribute("aria-valuetext", `Step ${s}`);
    position.textContent = `${i + 1} / ${run.sheets.length}`;
    stepText.textContent = `Step ${count(s)}`;
    sheet.src = runPath(run.name, `sheets/${s}`);
    sheet.alt = `64 samples of step ${s}, seeds 0 to 63`;
    whole.href = sheet.src;
    whole.download = `${run.name}-step-${s}.png`;
    for (const b of strip.children) {
      const on = b.dataset.step === String(s);
      b.toggleAttribute("aria-current", false);
      if (on) b.setAttribute("aria-current", "true");
      b.setAttribute("aria-selected", String(on));
      if (on && scroll) strip.scrollTo({ left: b.offsetLeft - strip.offsetLeft - strip.clientWidth / 2 + b.offsetWidth / 2 });
    }
    detailOf(s);
    point();
  }

  function detailOf(s) {
    if (!series || !series.steps.length) return;
    let i = series.steps.findIndex((v) => v >= s);
    if (i < 0) i = series.steps.length - 1;
    if (i > 0 && s - series.steps[i - 1] < series.steps[i] - s) i--;
    const of = (k) => { const c = series.curves[k]; return c && (c.smooth || c.raw)[i]; };
    detail.textContent = `D ${figure(of("discriminator_loss"))}   G ${figure(of("generator_loss"))}`;
  }

  function showStrip() {
    const have = new Set([...strip.children].map((b) => b.dataset.step));
    const want = new Set(run.sheets.map(String));
    for (const b of [...strip.children]) if (!want.has(b.dataset.step)) b.remove();
    for (const s of run.sheets) {
      if (have.has(String(s))) continue;
      strip.append(h("button", { type: "button", role: "option", "data-step": s, "aria-label": `Step ${s}`, onclick: () => { stop(); choose(s, false); }, onmouseenter: () => !playing && choose(s, false) },
        h("img", { alt: "", loading: "lazy", width: 84, height: 84, src: runPath(run.name, `sheets/${s}`, { pictures: 2 }) }), count(s)));
    }
    film.hidden = !run.sheets.length;
    side.replaceChildren(...(run.sheets.length ? sideParts : [noSheet]));

    slider.max = Math.max(0, run.sheets.length - 1);
    gif.href = runPath(run.name, "film.gif", { pictures: 4 });
  }
  const sideParts = [...side.childNodes];

  function move(by) {
    if (!run.sheets.length) return;
    const i = run.sheets.indexOf(step) + by;
    choose(run.sheets[Math.max(0, Math.min(run.sheets.length - 1, i))], true);
  }
  // While the film plays, the next sheet is shown when it has loaded.
  function tick() {
    const i = run.sheets.indexOf(step);
    if (i >= run.sheets.length - 1) return stop();
    const next = new Image();
    next.src = runPath(run.name, `sheets/${run.sheets[i + 1]}`);
    next.decode().catch(() => {}).then(() => {
      if (!playing) return;
      choose(run.sheets[i + 1], true);
      playing = setTimeout(tick, FRAME);
    });
  }
  function togglePlay() {
    if (playing) return stop();
    if (step === run.sheets.at(-1)) choose(run.sheets[0], true);
    play.textContent = "❚❚ Stop";
    playing = setTimeout(tick, FRAME);
  }
  function stop() {
    clearTimeout(playing);
    playing = null;
    play.textContent = "▶ Play";
  }

  gif.addEventListener("click", () => toast("Making the film; the download will start automatically"));

  let loaded = -1, loadedAt = 0, later = null;
  return {
    update(runs) {
      const now = runs.find((r) => r.name === run.name);
      if (!now) return failed.replaceChildren(empty("This run no longer exists", "Its folder has been moved or deleted."));
      const atEnd = step === null || step === run.sheets.at(-1);
      run = now;
      showHead();
      learn();
      showStrip();
      if (atEnd && !playing && !hovering) choose(run.sheets.at(-1), true);
      else position.textContent = `${run.sheets.indexOf(step) + 1} / ${run.sheets.length}`;
      if (run.step === loaded) return;
      loaded = run.step;
      clearTimeout(later);
      later = setTimeout(() => { loadedAt = Date.now(); load().then(() => step !== null && detailOf(step)); }, Math.max(0, 2000 - (Date.now() - loadedAt)));
    },
    key(e) {
      const keys = { " ": togglePlay, ArrowLeft: () => { stop(); move(-1); }, ArrowRight: () => { stop(); move(1); }, Home: () => move(-1e9), End: () => move(1e9), l: toggleLog, z: () => onZoom(null, null), "+": () => zoomBy(0.5), "=": () => zoomBy(0.5), "-": () => zoomBy(2) };
      if (e.shiftKey && e.key.startsWith("Arrow")) {
        moveBy({ ArrowLeft: -0.25, ArrowRight: 0.25 }[e.key] || 0);
        return true;
      }
      if (!keys[e.key] || (e.key === " " && e.target.matches("button, a"))) return false;
      keys[e.key]();
      return true;
    },
    recolour: draw,
    close() {
      stop();
      clearTimeout(later);
      for (const c of charts) c.close();
    },
  };
}
