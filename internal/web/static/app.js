// The frame around the views: navigation, colours and keys.

import { $, h, empty, problem } from "./dom.js";
import * as api from "./api.js";
import { runsView } from "./runs.js";
import { runView } from "./run.js";
import { galleryView } from "./gallery.js";
import { dataView } from "./data.js";
import { compareView } from "./compare.js";

const state = { runs: null, session: null };
let view = null; // what is shown: update(runs), key(event), close(), all optional

// routes maps the address after # to a view. Names of runs are encoded in it.
function route() {
  const parts = location.hash.replace(/^#\/?/, "").split("/").map((p) => {
    try { return decodeURIComponent(p); } catch { return p; }
  });
  const [kind, name, tab] = parts;
  if (kind === "run" && name) return { name, tab: tab || "curves" };
  if (kind === "compare" && name) return { compare: name.split("|").filter(Boolean) };
  return {};
}

function crumbs(...texts) {
  $("crumbs").replaceChildren(...texts.flatMap((t) => ["/", h("span", {}, t)]));
  document.title = texts.length ? `${texts.join(", ")} · dcgan` : "dcgan";
}

const TABS = [["curves", "Curves and sheets", runView], ["gallery", "Gallery", galleryView], ["data", "Data", dataView]];

function show() {
  if (state.runs === null) return;
  view?.close?.();
  view = null;
  const main = $("main"), to = route();
  const body = h("div");
  if (to.compare) {
    crumbs("Compare");
    main.replaceChildren(body);
    view = compareView(body, to.compare, state);
  } else if (to.name) {
    const run = state.runs.find((r) => r.name === to.name);
    crumbs(to.name);
    if (!run) return main.replaceChildren(empty("No such run", `There is no run called ${to.name}.`), h("p", { class: "empty" }, h("a", { href: "#/" }, "All runs")));
    const tab = TABS.find((t) => t[0] === to.tab) || TABS[0];
    main.replaceChildren(tabs(to.name, tab[0]), body);
    view = tab[2](body, run, state);
  } else {
    crumbs();
    main.replaceChildren(body);
    view = runsView(body, state);
  }
  view.update?.(state.runs);
}

const tabs = (name, current) => h("nav", { class: "tabs", "aria-label": "Views of the run" }, TABS.map(([key, text]) =>
  h("a", { href: `#/run/${encodeURIComponent(name)}/${key}`, "aria-current": key === current ? "page" : null }, text)));

// Colours: the system's, light or dark. The browser stores the choice.
const THEMES = [["system", "◐"], ["light", "☀"], ["dark", "☾"]];
const dark = matchMedia("(prefers-color-scheme: dark)");

function applyTheme() {
  const chosen = localStorage.getItem("theme") || "system";
  document.documentElement.dataset.theme = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
  const [, sign] = THEMES.find((t) => t[0] === chosen) || THEMES[0];
  $("theme").textContent = sign;
  $("theme").setAttribute("aria-label", `Colours: ${chosen === "system" ? "as the system" : chosen}`);
  view?.recolour?.();
}

$("theme").addEventListener("click", () => {
  const at = THEMES.findIndex((t) => t[0] === (localStorage.getItem("theme") || "system"));
  localStorage.setItem("theme", THEMES[(at + 1) % THEMES.length][0]);
  applyTheme();
});
dark.addEventListener("change", applyTheme);

const KEYS = [
  ["Space", "play or stop the film of sheets"], ["← →", "the sheet before, the next one"], ["Home End", "the first sheet, the last one"],
  ["l", "logarithmic scale"], ["+ -", "zoom in at the sheet's step, out"], ["Shift ← →", "move the range"], ["z", "show all steps"], ["s", "star the chosen sample"], ["n", "new samples"], ["m", "morph"], ["p", "walk the plane, by the arrow keys"], ["g", "gallery"], ["c", "curves"], ["d", "data"],
  ["?", "this list"],
];

function help() {
  const d = $("keys");
  d.replaceChildren(h("h2", { id: "keys-title" }, "Keys"),
    h("dl", {}, KEYS.flatMap(([key, text]) => [h("dt", {}, key.split(" ").flatMap((k) => [h("kbd", {}, k), " "])), h("dd", {}, text)])),
    h("form", { method: "dialog" }, h("button", { class: "primary", autofocus: true }, "Close")));
  d.showModal();
}
$("help").addEventListener("click", help);

document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]") || e.target.matches("input, select, textarea")) return;
  const tab = { g: "gallery", c: "curves", d: "data" }[e.key], { name } = route();
  if (e.key === "?") help();
  else if (tab && name) location.hash = `#/run/${encodeURIComponent(name)}/${tab}`;
  else if (!view?.key?.(e)) return;
  e.preventDefault();
});

addEventListener("hashchange", () => { show(); $("main").focus({ preventScroll: true }); scrollTo(0, 0); });
applyTheme();

try {
  state.session = await api.start();
  state.runs = await api.json("/api/runs");
  show();
  api.live((runs) => {
    const appeared = runs.length !== state.runs.length;
    state.runs = runs;
    if (view?.update) view.update(runs);
    else if (appeared) show();
  }, (lost) => {
    $("link").hidden = !lost;
    $("link").className = "pill lost";
    $("link").textContent = lost ? "not connected" : "";
  });
} catch (e) {
  $("main").replaceChildren(problem(e));
}
