// The data of a run: the report of "dcgan inspect", and pictures in their training form.

import { h, count, bytes, duration, empty, problem, settingText } from "./dom.js";
import { json, runPath } from "./api.js";

export function dataView(root, run) {
  const wait = new AbortController();
  root.append(h("div", { class: "panel busy" }, empty("Reading the pictures", "Every file of the set is read once. This takes a while for a large set.")));
  show();

  async function show() {
    try {
      const [found, full] = await Promise.all([json(runPath(run.name, "data"), wait.signal), json(runPath(run.name), wait.signal)]);
      const data = found.inspection;
      const pictures = h("section", { class: "panel stack" });
      root.replaceChildren(h("div", { class: "stack" }, h("h1", {}, data.data || "The embedded set"), facts(data),
        pictures, h("div", { class: "columns" }, counts("Sizes", data.sizes.counts.map((c) => ({ name: `${c.width}×${c.height}`, count: c.count }))), counts("Shapes, width to height", data.aspects), counts("Colour modes", data.modes), counts("Formats", data.formats), counts("Classes", data.classes || [])),
        duplicates(data.duplicates), skipped(data.skipped), h("div", { class: "columns" }, cost(data.training), settings(full.settings))));
      found.pictures ? sheet(pictures, found.pictures) : pictures.append(empty("No usable picture", "See below why the files were skipped."));
    } catch (e) {
      if (e.name !== "AbortError") root.replaceChildren(problem(e));
    }
  }

  const facts = (d) => h("div", { class: "facts" },
    h("span", {}, h("b", {}, count(d.files)), " files"), h("span", {}, h("b", {}, count(d.usable)), " usable pictures"),
    h("span", {}, h("b", {}, count(d.skipped.length)), " skipped"),
    h("span", { title: d.not_taken.map((k) => `${k.count} ${k.kind}`).join(", ") },
      h("b", {}, count(d.not_taken.reduce((n, k) => n + k.count, 0))), " not taken"),
    d.usable ? h("span", {}, "median ", h("b", {}, `${d.sizes.median.width}×${d.sizes.median.height}`)) : null,
    d.symmetry?.symmetric ? h("span", {}, "as likely ", h("b", {}, "mirrored"), " as not") : null);

  // sheet shows some pictures, evenly spaced in the set.
  async function sheet(box, usable) {
    const n = Math.min(64, usable);
    let start = 0;
    const img = h("img", { class: "sheet", alt: `${n} training pictures, cropped and scaled as in training` });
    const another = () => {
      const list = Array.from({ length: n }, (_, i) => (start + Math.floor(i * usable / n)) % usable);
      start += 1 + Math.floor(Math.random() * usable / n);
      img.src = runPath(run.name, "data.png", { pictures: list.join(","), columns: 16 });
    };
    another();
    img.classList.add("wide");
    box.append(h("header", {}, h("h2", {}, "As the training sees them"), h("span", { class: "grow" }), h("button", { type: "button", onclick: another }, "Others")), img);
  }

  function counts(title, list) {
    if (!list.length) return h("span", { hidden: true });
    const most = Math.max(...list.map((c) => c.count)), shown = list.slice(0, 8), rest = list.length - shown.length;
    return h("section", { class: "panel stack" }, h("h2", {}, title), h("div", { class: "bars" }, shown.map((c) =>
      h("div", {}, h("span", {}, c.name), h("meter", { min: 0, max: most, value: c.count, "aria-label": `${c.name}: ${c.count}` }), h("span", { class: "number" }, count(c.count))))),
    rest > 0 ? h("p", { class: "soft small" }, `and ${count(rest)} more`) : null);
  }

  // duplicates lists groups of equal or similar pictures.
  function duplicates(found) {
    const groups = found ? [...found.exact.map((g) => ["the same file", g]), ...found.near.map((g) => ["nearly the same", g])] : [];
    if (!groups.length) return h("span", { hidden: true });
    return h("section", { class: "panel" }, h("header", {}, h("h2", {}, `${count(groups.length)} groups of duplicates`)),
      h("div", { class: "scroll" }, h("table", {}, h("tbody", {}, groups.slice(0, 200).map(([kind, g]) =>
        h("tr", {}, h("th", { scope: "row" }, kind), h("td", {}, g.slice(0, 6).map((p, i) => [i ? ", " : "", h("code", {}, p)]).flat(), g.length > 6 ? ` and ${count(g.length - 6)} more` : "")))))),
      groups.length > 200 || found.unfinished ? h("p", { class: "soft small" }, "dcgan inspect --json lists all that it has found") : null);
  }

  function skipped(list) {
    if (!list.length) return h("span", { hidden: true });
    return h("section", { class: "panel" }, h("header", {}, h("h2", {}, `${count(list.length)} skipped`)),
      h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "File"), h("th", {}, "Why"))),
        h("tbody", {}, list.slice(0, 500).map((s) => h("tr", {}, h("td", {}, h("code", {}, s.path)), h("td", {}, s.reason)))))),
      list.length > 500 ? h("p", { class: "soft small" }, "dcgan inspect lists all") : null);
  }

  const rows = (list) => h("table", {}, h("tbody", {}, list.map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value)))));

  const cost = (k) => h("section", { class: "panel stack" }, h("h2", {}, "What training on it takes"), rows([
    ["Generator", `${count(k.generator_parameters)} parameters`], ["Discriminator", `${count(k.discriminator_parameters)} parameters`],
    ["Memory", bytes(k.memory_bytes) + (k.memory_available_bytes ? ` of ${bytes(k.memory_available_bytes)} available` : "")],
    ["Checkpoints", `${bytes(k.checkpoints_disk_bytes)} for ${k.keep} and one being written, ${bytes(k.checkpoint_bytes)} each`],
    run.step && run.time_s ? ["Time", `${(run.time_s / run.step).toPrecision(2)} s per step in this run, ${duration(run.time_s / run.step * k.steps)} for ${count(k.steps)} steps`] : ["Steps", count(k.steps)],
  ]));

  const settings = (s) => h("section", { class: "panel stack" }, h("h2", {}, "Settings of the run"), rows(Object.entries(s).map(([k, v]) => [k.replaceAll("_", "-"), settingText(v)])));

  return { close() { wait.abort(); } };
}
