// The gallery of a run: samples of any checkpoint by seed, stars, morphs and a plane.

import { h, count, empty, problem, segments, toast } from "./dom.js";
import { bitmap, change, json, runPath } from "./api.js";
import { cell, draw, latest } from "./pixels.js";

const PLANE = 7; // pictures on a side of the plane
const FRAMES = 24; // of a morph between two pictures

export function galleryView(root, first) {
  let run = first, best = 0, followed = true, step = run.checkpoints.at(-1), seeds = [], sheet = null, chosen = null, stars = [], showing = "samples";
  let firstSeed = 0, number = 36;
  const size = run.size, starName = (s) => `step-${String(s.step).padStart(8, "0")}-seed-${String(s.seed).padStart(8, "0")}.png`;
  const starred = (s) => stars.some((t) => t.step === s.step && t.seed === s.seed);

  // The tools at the top.
  const select = h("select", { "aria-label": "Checkpoint" });
  select.addEventListener("change", () => { step = Number(select.value); followed = step === preferred(); paint(); paintPlane(); });
  const seedBox = h("input", { type: "number", min: 0, max: Number.MAX_SAFE_INTEGER, step: 1, value: 0, "aria-label": "First seed" });
  seedBox.addEventListener("change", () => { firstSeed = Math.max(0, Math.min(Number.MAX_SAFE_INTEGER - 200, Math.floor(Number(seedBox.value)) || 0)); seedBox.value = firstSeed; show("samples"); });
  const sizeBox = h("select", { "aria-label": "How many" }, [16, 36, 64, 144].map((n) => h("option", { value: n }, `${n} samples`)));
  sizeBox.value = number;
  sizeBox.addEventListener("change", () => { number = Number(sizeBox.value); show("samples"); });
  const fresh = h("button", { type: "button", class: "primary", onclick: newSamples }, "New samples");
  const tab = { samples: h("button", { type: "button", onclick: () => show("samples") }, "Samples"), stars: h("button", { type: "button", onclick: () => show("stars") }, "Starred") };
  const tools = h("div", { class: "tools" }, h("span", { class: "segments", role: "group", "aria-label": "What to show" }, tab.samples, tab.stars),
    h("label", {}, "Checkpoint", select), h("label", {}, "First seed", seedBox), sizeBox, fresh);

  const zip = h("a", { class: "button", download: "", href: runPath(run.name, "stars.zip") }, "Export zip");
  const contact = h("a", { class: "button", download: "", href: runPath(run.name, "stars.png") }, "Export contact sheet");
  const exports = h("div", { class: "tools" }, zip, contact, h("span", { class: "soft small" }, "kept in the run's folder: stars.json and starred/"));
  const grid = h("div", { class: "samples", role: "group", "aria-label": "Samples" });
  const failed = h("div"), body = h("section", { class: "panel stack" }, failed, exports, grid);

  // The chosen sample.
  const big = cell(size, { class: "large", role: "img", "aria-label": "No sample chosen" });
  const bigText = h("p", { class: "soft small number" }, "Choose a sample to enlarge it.");
  const bigStar = h("button", { type: "button", disabled: true, onclick: () => chosen && toggle(chosen) }, "☆ Star");
  const save = h("a", { class: "button", "aria-disabled": "true", download: "" }, "Save PNG");
  const nearButton = h("button", { type: "button", disabled: true, onclick: findNearest }, "Nearest training pictures");
  const near = h("div");
  const chosenPanel = h("section", { class: "panel stack chosen none", "aria-label": "The chosen sample" }, h("h2", {}, "Chosen"), big, bigText, h("div", { class: "tools" }, bigStar, save, nearButton), near);

  // The morph.
  const film = cell(size, { class: "large", role: "img", "aria-label": "Morph between the starred samples" });
  const morphText = h("p", { class: "soft small" });
  const morphPlay = h("button", { type: "button", class: "primary", onclick: morph }, "▶ Morph");
  const morphSave = h("a", { class: "button", download: "" }, "Export GIF");
  const morphPanel = h("section", { class: "panel stack morph", "aria-label": "Morph" }, h("h2", {}, "Morph between starred"), film, morphText, h("div", { class: "tools" }, morphPlay, morphSave));

  // The plane.
  const map = cell(PLANE * (size + 2) + 2), dot = h("i", { hidden: true });
  const plane = h("div", { class: "plane", tabindex: 0, role: "application", "aria-label": "Plane of latent space: move the mouse, or use the arrow keys" }, map, dot);
  const spot = cell(size, { class: "large", role: "img", "aria-label": "The picture at the cursor" });
  const cornersText = h("p", { class: "soft small number" });
  const planePanel = h("section", { class: "panel stack last", "aria-label": "Plane" }, h("header", {}, h("h2", {}, "Walk a plane"), h("span", { class: "soft small" }, "move over the map: the picture between four seeds"), h("span", { class: "grow" }), h("button", { type: "button", onclick: () => { corners = null; shuffle = true; paintPlane(); } }, "New corners")), h("div", { class: "walk" }, plane, h("div", { class: "stack" }, spot, cornersText)));

  root.append(h("div", { class: "gallery" }, h("div", { class: "stack" }, tools, body, planePanel), h("div", { class: "stack side" }, chosenPanel, morphPanel)));

  function newSamples() {
    firstSeed = Math.floor(Math.random() * 1e6);
    seedBox.value = firstSeed;
    show("samples");
  }

  function show(what) {
    showing = what;
    for (const [key, b] of Object.entries(tab)) b.setAttribute("aria-pressed", String(key === what));
    exports.hidden = what !== "stars" || !stars.length;
    body.classList.remove("busy");
    what === "stars" ? showStars() : paint();
  }

  // tile is a sample with its star.
  function tile(s, picture) {
    const open = h("button", { type: "button", class: "open", "aria-label": `Sample of seed ${s.seed}, step ${s.step}`, "aria-pressed": "false", onclick: () => choose(s) }, picture);
    const mark = h("button", { type: "button", class: "mark", onclick: () => toggle(s) });
    const e = h("div", { class: "sample" }, open, mark, h("span", { class: "seed" }, showing === "stars" ? `${s.seed} · step ${count(s.step)}` : String(s.seed)));
    e.sample = s;
    return e;
  }

  function marks() {
    for (const e of grid.children) {
      if (!e.sample) continue;
      const on = starred(e.sample), mark = e.querySelector(".mark");
      mark.textContent = on ? "★" : "☆";
      mark.setAttribute("aria-pressed", String(on));
      mark.setAttribute("aria-label", `Star seed ${e.sample.seed}`);
      e.querySelector(".open").setAttribute("aria-pressed", String(chosen !== null && chosen.seed === e.sample.seed && chosen.step === e.sample.step));
    }
    tab.stars.textContent = `Starred (${stars.length})`;
    bigStar.textContent = chosen && starred(chosen) ? "★ Starred" : "☆ Star";
    bigStar.setAttribute("aria-pressed", String(Boolean(chosen && starred(chosen))));
    showMorph();
  }

  const paint = latest(async () => {
    if (step === undefined) return nothing();
    if (showing !== "samples") return;
    const wish = { step, first: firstSeed, number }, columns = Math.ceil(Math.sqrt(number));
    body.classList.add("busy");
    try {
      sheet = await bitmap(runPath(run.name, "samples.png", { step, seeds: `${wish.first}-${wish.first + wish.number - 1}`, columns }));
      if (showing !== "samples") return;
      failed.replaceChildren();
      seeds = Array.from({ length: wish.number }, (_, i) => wish.first + i);
      grid.replaceChildren(...seeds.map((seed, i) => {
        const picture = cell(size);
        draw(picture, sheet, i, columns);
        return tile({ step: wish.step, seed }, picture);
      }));
      marks();
    } catch (e) {
      failed.replaceChildren(problem(e));
    }
    if (showing === "samples") body.classList.remove("busy");
  });

  function showStars() {
    exports.hidden = !stars.length;
    grid.replaceChildren(...stars.map((s) => tile(s, h("img", { alt: "", src: runPath(run.name, `starred/${starName(s)}`) }))));
    if (!stars.length) grid.replaceChildren(empty("Nothing starred yet", "Star the samples that you like: they stay in the run's folder, even when the training deletes old checkpoints."));
    marks();
  }

  const pictureOf = (s, download) => starred(s) && !run.checkpoints.includes(s.step)
    ? runPath(run.name, `starred/${starName(s)}`)
    : runPath(run.name, "samples.png", { step: s.step, seeds: s.seed, ...(download ? { download: 1 } : {}) });

  const enlarge = latest(async (s) => {
    try {
      draw(big, await bitmap(pictureOf(s)), 0, 0);
      big.setAttribute("aria-label", `Sample of seed ${s.seed}, step ${s.step}`);
      bigText.textContent = `Seed ${s.seed}, step ${count(s.step)}`;
    } catch (e) {
      bigText.replaceChildren(problem(e));
    }
  });

  function choose(s) {
    chosen = s;
    near.replaceChildren();
    chosenPanel.classList.remove("none");
    bigStar.disabled = nearButton.disabled = false;
    save.setAttribute("aria-disabled", "false");
    save.href = pictureOf(s, true);
    save.download = starName(s);
    enlarge(s);
    marks();
  }

  async function toggle(s) {
    const on = !starred(s);
    try {
      stars = (await change(runPath(run.name, "stars"), { step: s.step, seed: s.seed, starred: on })).stars;
      toast(on ? `Starred seed ${s.seed}` : `Removed the star of seed ${s.seed}`);
      showing === "stars" ? showStars() : marks();
    } catch (e) {
      toast(e.message);
    }
  }

  async function findNearest() {
    const s = chosen;
    near.replaceChildren(h("p", { class: "soft small" }, "Comparing with all training pictures ..."));
    try {
      const list = (await json(runPath(run.name, "nearest", { step: s.step, seeds: s.seed }))).nearest;
      const pictures = await bitmap(runPath(run.name, "data.png", { pictures: list.map((n) => n.index).join(","), columns: list.length }));
      if (s !== chosen) return;
      near.replaceChildren(h("p", { class: "soft small" }, "The nearest by pixels, with their distance (0 is an exact copy, 2 is black against white):"),
        h("div", { class: "near" }, list.map((n, i) => {
          const c = cell(size, { role: "img", "aria-label": `Training picture ${n.index}` });
          draw(c, pictures, i, list.length);
          return h("figure", {}, c, h("figcaption", {}, n.distance.toFixed(2)));
        })));
    } catch (e) {
      near.replaceChildren(problem(e));
    }
  }

  // The morph passes through the starred seeds, with the selected generator.
  let frames = null, frameOf = null, timer = null;
  const morphSeeds = () => [...new Set(stars.map((s) => s.seed))].slice(0, 16);
  const morphStep = () => (run.checkpoints.includes(step) ? step : run.checkpoints.at(-1));
  function showMorph() {
    const list = morphSeeds(), ready = list.length > 1 && step !== undefined;
    morphPlay.disabled = !ready;
    film.hidden = morphSave.hidden = !ready;
    morphText.textContent = ready ? `Through ${list.length} starred seeds, generated by the checkpoint of step ${count(morphStep())}.` : "Star at least two samples.";
    if (ready) morphSave.href = runPath(run.name, "morph.gif", { step: morphStep(), seeds: list.join(","), frames: FRAMES });
  }
  async function morph() {
    if (timer) return stopMorph();
    const list = morphSeeds(), wish = `${morphStep()} ${list}`;
    morphPlay.disabled = true;
    try {
      if (frameOf !== wish) frames = await bitmap(runPath(run.name, "morph.png", { step: morphStep(), seeds: list.join(","), frames: list.length > 8 ? FRAMES / 2 : FRAMES }));
      frameOf = wish;
      const all = list.length * (list.length > 8 ? FRAMES / 2 : FRAMES);
      let i = 0;
      timer = setInterval(() => draw(film, frames, i++ % all, 8), 50);
      morphPlay.textContent = "❚❚ Stop";
    } catch (e) {
      morphText.replaceChildren(problem(e));
    }
    morphPlay.disabled = false;
  }
  function stopMorph() {
    clearInterval(timer);
    timer = null;
    morphPlay.textContent = "▶ Morph";
  }

  // The plane: a map of pictures, and the picture under the cursor, enlarged.
  let corners = null, shuffle = false, at = [0.5, 0.5];
  const paintPlane = latest(async () => {
    if (step === undefined) return;
    if (!corners) {
      const own = shuffle ? [] : morphSeeds().slice(0, 4);
      for (let seed = 0; own.length < 4; seed++) {
        const next = shuffle ? Math.floor(Math.random() * 1e6) : seed;
        if (!own.includes(next)) own.push(next);
      }
      corners = own;
    }
    cornersText.textContent = `Corners: seeds ${corners.join(", ")}`;
    try {
      const sheet = await bitmap(runPath(run.name, "plane.png", { step, seeds: corners.join(","), side: PLANE }));
      map.getContext("2d").drawImage(sheet, 0, 0);
      walk(...at);
    } catch (e) {
      cornersText.replaceChildren(problem(e));
    }
  });
  const walk = latest(async (u, v) => {
    at = [u, v];
    dot.hidden = false;
    // The corners of the plane are the centres of the corner pictures.
    dot.style.left = `${100 * (0.5 + u * (PLANE - 1)) / PLANE}%`;
    dot.style.top = `${100 * (0.5 + v * (PLANE - 1)) / PLANE}%`;
    try {
      draw(spot, await bitmap(runPath(run.name, "plane.png", { step, seeds: corners.join(","), u: u.toFixed(4), v: v.toFixed(4) })), 0, 0);
      spot.setAttribute("aria-label", `The picture at ${Math.round(100 * u)}% to the right, ${Math.round(100 * v)}% down`);
    } catch { /* the map has told the error */ }
  });
  const unit = (x) => Math.max(0, Math.min(1, x));
  plane.addEventListener("pointermove", (e) => {
    if (!corners) return;
    const b = plane.getBoundingClientRect(), on = (p, length) => unit((p / length * PLANE - 0.5) / (PLANE - 1));
    walk(on(e.clientX - b.left, b.width), on(e.clientY - b.top, b.height));
  });
  plane.addEventListener("keydown", (e) => {
    const by = { ArrowLeft: [-0.04, 0], ArrowRight: [0.04, 0], ArrowUp: [0, -0.04], ArrowDown: [0, 0.04] }[e.key];
    if (!by || !corners) return;
    e.preventDefault();
    e.stopPropagation();
    walk(unit(at[0] + by[0]), unit(at[1] + by[1]));
  });

  function nothing() {
    tools.hidden = stars.length === 0;
    chosenPanel.hidden = morphPanel.hidden = planePanel.hidden = stars.length === 0;
    if (showing === "samples") grid.replaceChildren(empty("No checkpoint yet", "Samples come from a checkpoint. The first one is written after as many steps as the setting checkpoint_every says, or when the training stops.", "dcgan resume RUN"));
  }

  // preferred is the checkpoint that is selected first: the one with the best scores, or the newest.
  const preferred = () => (run.checkpoints.includes(best) ? best : run.checkpoints.at(-1));

  // choices lists the checkpoints, the preferred one first. It stays selected unless the
  // visitor chooses another.
  async function choices() {
    best = await json(runPath(run.name)).then((r) => r.best, () => best);
    if (!run.checkpoints.length) return nothing();
    const newest = run.checkpoints.at(-1), top = preferred();
    const text = (s) => `step ${count(s)}${s === best ? ", best scores" : s === newest ? ", newest" : ""}`;
    select.replaceChildren(...[top, ...run.checkpoints.filter((s) => s !== top).toReversed()].map((s) => h("option", { value: s }, text(s))));
    tools.hidden = chosenPanel.hidden = morphPanel.hidden = planePanel.hidden = false;
    if (!run.checkpoints.includes(step)) followed = true;
    const had = step;
    if (followed) step = top;
    select.value = step;
    if ((step !== had || !sheet) && showing === "samples") paint();
    if (step !== had || !corners) paintPlane();
  }

  exports.hidden = true;
  tab.samples.setAttribute("aria-pressed", "true");
  tab.stars.setAttribute("aria-pressed", "false");
  json(runPath(run.name, "stars")).then((s) => { stars = s.stars; marks(); }, (e) => failed.replaceChildren(problem(e))).then(choices);

  return {
    update(runs) {
      const now = runs.find((r) => r.name === run.name);
      if (!now) return failed.replaceChildren(empty("This run no longer exists", "Its folder has been moved or deleted."));
      const had = run.checkpoints.join();
      run = now;
      if (had !== run.checkpoints.join()) choices();
    },
    key(e) {
      if (e.key === "n" && step !== undefined) newSamples();
      else if (e.key === "m" && !morphPlay.disabled) reach(morphPlay, morph);
      else if (e.key === "p" && step !== undefined) reach(plane, () => walk(...at));
      else if (e.key === "s" && chosen) toggle(chosen);
      else if (e.key.startsWith("Arrow") && e.target.matches?.(".open")) return moveFocus(e);
      else return false;
      return true;
    },
    close() { stopMorph(); },
  };

  // reach moves the focus to a part of the page by its key.
  function reach(part, act) {
    part.scrollIntoView({ block: "center" });
    part.focus({ preventScroll: true });
    act();
  }

  // moveFocus moves the focus in the grid with the arrow keys.
  function moveFocus(e) {
    const all = [...grid.querySelectorAll(".open")], i = all.indexOf(e.target);
    const across = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
    const to = all[i + { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[e.key]];
    to?.focus();
    return Boolean(to);
  }
}
