// Several runs side by side: one curve of each, their sheets of one step, and the
// settings that differ.

import { h, count, empty, problem, statePill, settingText } from "./dom.js";
import { json, runPath } from "./api.js";
import { Chart, sparse } from "./chart.js";
import { LOSSES, MARGINS, SCORES, VERDICTS } from "./run.js";

export function compareView(root, names, state) {
  let runs = names.map((n) => state.runs.find((r) => r.name === n)).filter(Boolean);
  if (runs.length < 2) {
    root.append(empty("Nothing to compare", "Choose at least two runs in the list of runs."), h("p", { class: "empty" }, h("a", { href: "#/" }, "All runs")));
    return {};
  }
  let key = "generator_loss", at = null, chart = null, hovering = false;
  const tint = (i) => 1 + i % 6, settings = new Map(), series = new Map();
  const failed = h("div"), chartBox = h("div");
  const which = h("select", { "aria-label": "Curve" }, [...LOSSES, ...VERDICTS, ...[...MARGINS, ...SCORES].flatMap((s) => s.curves)].map((c) => h("option", { value: c.key }, LOSSES.includes(c) ? `loss ${c.label}` : c.label)));
  which.value = key;
  which.addEventListener("change", () => { key = which.value; draw(); });
  const slider = h("input", { type: "range", min: 0, value: 0, step: 1, "aria-label": "Step of the sheets" });
  slider.addEventListener("input", () => choose(steps()[slider.value]));
  const stepText = h("span", { class: "step" });
  const sides = h("div", { class: "sides" }, runs.map((r, i) => {
    const img = h("img", { class: "sheet", alt: "" });
    const e = h("section", { class: "panel" }, h("h2", { class: `t${tint(i)}` }, h("i"), h("a", { href: `#/run/${encodeURIComponent(r.name)}` }, r.name), h("span", { class: "grow" }), statePill(r.state)), img, h("p", { class: "soft small number" }));
    return e;
  }));
  const table = h("div", { class: "scroll" });
  root.append(h("div", { class: "stack" }, h("h1", {}, "Compare"), failed, h("div", { class: "tools" }, h("label", {}, "Curve", which)), chartBox,
    h("section", { class: "panel" }, h("div", { class: "player" }, stepText, slider, h("span", { class: "soft small" }, "the nearest sheet of each"))), sides,
    h("section", { class: "panel" }, h("header", {}, h("h2", {}, "Settings that differ")), table)));

  const steps = () => [...new Set(runs.flatMap((r) => r.sheets))].sort((a, b) => a - b);
  const nearest = (list, s) => list.reduce((best, v) => (Math.abs(v - s) < Math.abs(best - s) ? v : best), list[0]);

  function choose(s) {
    if (s === undefined || s === at) return;
    at = s;
    slider.max = Math.max(0, steps().length - 1);
    slider.value = steps().indexOf(s);
    stepText.textContent = `Step ${count(s)}`;
    runs.forEach((r, i) => {
      const [, img, text] = sides.children[i].children, sheet = nearest(r.sheets, s);
      img.hidden = sheet === undefined;
      text.textContent = sheet === undefined ? "no sheet yet" : sheet === s ? `sheet of step ${count(sheet)}` : `sheet of step ${count(sheet)}, the nearest`;
      if (sheet !== undefined && img.dataset.step !== String(sheet)) {
        img.dataset.step = sheet;
        img.src = runPath(r.name, `sheets/${sheet}`);
        img.alt = `64 samples of ${r.name} at step ${sheet}`;
      }
    });
    if (!hovering) chart?.point(s);
  }

  // draw merges the runs' steps into one axis.
  function draw() {
    chart?.close();
    const label = which.selectedOptions[0].textContent;
    chart = new Chart({
      title: label, curves: runs.map((r, i) => ({ key: r.name, label: r.name, tint: tint(i) })), height: 280,
      onHover: (x) => { hovering = x !== null; if (x !== null) choose(nearest(steps(), x)); },
      onPick: (x) => choose(nearest(steps(), x)),
    });
    chartBox.replaceChildren(chart.element);
    const x = [...new Set([...series.values()].flatMap((s) => s.steps))].sort((a, b) => a - b), raw = {};
    for (const r of runs) {
      const s = series.get(r.name), c = s?.curves[key];
      const values = new Map(s && c ? s.steps.map((step, i) => [step, (sparse(c.raw) ? c.raw : c.smooth)[i]]) : []);
      raw[r.name] = x.map((v) => values.get(v) ?? null);
    }
    chart.set({ x, raw, smooth: null });
  }

  function differences() {
    const all = runs.map((r) => settings.get(r.name)).filter(Boolean);
    if (all.length < runs.length) return;
    const keys = [...new Set(all.flatMap(Object.keys))].filter((k) => all.some((s) => settingText(s[k]) !== settingText(all[0][k])));
    table.replaceChildren(keys.length ? h("table", {},
      h("thead", {}, h("tr", {}, h("th", {}, "Setting"), runs.map((r) => h("th", {}, r.name)))),
      h("tbody", {}, keys.map((k) => h("tr", {}, h("th", { scope: "row" }, k.replaceAll("_", "-")), all.map((s) => h("td", {}, settingText(s[k])))))))
      : h("p", { class: "soft" }, "None: these runs have the same settings."));
  }

  async function load() {
    try {
      await Promise.all(runs.map(async (r) => {
        series.set(r.name, await json(runPath(r.name, "series", { points: 600, smooth: 0.9 })));
        if (!settings.has(r.name)) settings.set(r.name, (await json(runPath(r.name))).settings);
      }));
      failed.replaceChildren();
      draw();
      differences();
      if (at === null) choose(steps().at(-1));
      else chart.point(at);
    } catch (e) {
      failed.replaceChildren(problem(e));
    }
  }

  let loaded = "", loadedAt = 0, later = null;
  return {
    update(list) {
      runs = runs.map((r) => list.find((n) => n.name === r.name) || r);
      slider.max = Math.max(0, steps().length - 1);
      const now = runs.map((r) => r.step).join();
      if (now === loaded) return;
      loaded = now;
      clearTimeout(later);
      later = setTimeout(() => { loadedAt = Date.now(); load(); }, Math.max(0, 3000 - (Date.now() - loadedAt)));
    },
    recolour: draw,
    close() { clearTimeout(later); chart?.close(); },
  };
}
