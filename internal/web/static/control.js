// What the page may do to runs if its server allows it: a form for a new run, the
// buttons of a run, and its settings while it trains.

import { h, count, problem, toast } from "./dom.js";
import { change, runPath, settings } from "./api.js";

// rates are the settings that may change while a run trains.
const rates = () => settings().filter((s) => s.live);

export const rateName = (key) => settings().find((s) => s.key === key)?.label || key.replaceAll("_", " ");
const runLink = (name) => `#/run/${encodeURIComponent(name)}`;

// short formats a rate for people. Learning rates may decrease a little with every step.
const short = (v) => Number(v.toPrecision(3));

// form shows a dialog with fields and sends it. send returns the name of the run to
// go to. An error is shown above the buttons, and the fields keep their values.
function form({ title, text, fields, action, busy, send }) {
  const failed = h("div"), go = h("button", { class: "primary" }, action);
  const body = h("form", {}, h("h2", {}, title), text ? h("p", { class: "soft small" }, text) : null, fields, failed,
    h("div", { class: "tools end" }, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), go));
  const dialog = h("dialog", { class: "form", "aria-label": title }, body);
  dialog.addEventListener("close", () => dialog.remove());
  body.addEventListener("submit", async (e) => {
    e.preventDefault();
    go.disabled = true;
    go.textContent = busy;
    failed.replaceChildren();
    try {
      const name = await send();
      dialog.close();
      if (name) location.hash = runLink(name);
    } catch (err) {
      failed.replaceChildren(problem(err));
    }
    go.disabled = false;
    go.textContent = action;
  });
  document.body.append(dialog);
  dialog.showModal();
}

// field is an input for a setting. If it is left empty it means value.
const field = ({ key, label, choices }, value) => h("label", { class: "field" }, label, choices
  ? h("select", { name: key }, h("option", { value: "" }, String(value)), choices.filter((c) => c !== String(value)).map((c) => h("option", { value: c }, c)))
  : h("input", { type: "text", inputmode: "decimal", name: key, placeholder: String(value), autocomplete: "off" }));

const inputs = (grid) => [...grid.querySelectorAll("input, select")];

// newRun asks for the data and the settings of a new run.
export function newRun(recipes) {
  const kind = h("select", { "aria-label": "Recipe" }, recipes.map((r) => h("option", { value: r.recipe }, r.recipe)));
  const data = h("input", { type: "text", name: "data", spellcheck: "false", autocomplete: "off", placeholder: "~/photos, or empty for the embedded cartoon heads" });
  const grid = h("div", { class: "fields" });
  const fill = () => {
    const recipe = recipes.find((r) => r.recipe === kind.value);
    const kept = Object.fromEntries(inputs(grid).map((i) => [i.name, i.value]));
    grid.replaceChildren(...settings().map((s) => field(s, recipe[s.key])));
    for (const i of inputs(grid)) {
      i.value = kept[i.name] || "";
      if (i.selectedIndex === -1) i.value = ""; // means the recipe's value
    }
  };
  kind.addEventListener("change", fill);
  fill();
  form({
    title: "New run", action: "Start training", busy: "Reading the pictures …",
    text: "A field that is left empty keeps the recipe's value.",
    fields: h("div", { class: "stack" }, h("label", { class: "field" }, "Pictures: a folder, .zip or .tar on this computer", data), h("label", { class: "field" }, "Recipe", kind), grid),
    async send() {
      const values = {};
      for (const i of inputs(grid)) if (i.value.trim()) values[i.name] = i.value.trim();
      return (await change("/api/runs", { data: data.value, recipe: kind.value, settings: values })).name;
    },
  });
}

// rewind asks for a checkpoint to go back to and for the settings to change from there.
function rewind({ name, full, best_full: best, rates_at: ratesAt }) {
  const at = h("select", {}, full.toReversed().map((s) => h("option", { value: s }, `step ${count(s)}${s === best ? ", the best scores" : ""}`)));
  if (full.includes(best)) at.value = best;
  const grid = h("div", { class: "fields" }, rates().map((r) => field(r, "")));
  const fill = () => {
    for (const i of inputs(grid)) i.placeholder = short(ratesAt[at.value][i.name]);
  };
  at.addEventListener("change", fill);
  fill();
  form({
    title: `Rewind ${name}`, action: "Rewind and train", busy: "Copying the checkpoint …",
    text: "A new run continues from this run's checkpoint. This run is not changed.",
    fields: h("div", { class: "stack" }, h("label", { class: "field" }, "Checkpoint", at), h("p", { class: "soft small" }, "Other values from there on; a field that stays empty keeps what the run had at that step."), grid),
    async send() {
      const changes = {};
      for (const i of inputs(grid)) if (i.value.trim()) changes[i.name] = toNumber(i.value, i.name);
      return (await change(runPath(name, "rewind"), { step: Number(at.value), changes })).name;
    },
  });
}

function toNumber(text, key) {
  const v = Number(text);
  if (text.trim() === "" || !Number.isFinite(v)) throw new Error(`${rateName(key)} "${text}": not a number`);
  return v;
}

// trainOn asks for the number of steps up to which to continue a finished run.
function trainOn(run) {
  const steps = h("input", { type: "number", min: run.step + 1, step: 1, value: 2 * run.step });
  form({
    title: `Train ${run.name} on`, action: "Train on", busy: "Starting …", fields: h("label", { class: "field" }, "Steps to reach in all", steps),
    async send() { await change(runPath(run.name, "resume"), { steps: Number(steps.value) }); },
  });
}

// RunControls are the buttons of a run. update shows those that apply to its state.
export class RunControls {
  constructor() {
    this.element = h("div", { class: "tools" });
    this.shown = "";
  }

  // update takes the state of the run, and its details when they have been requested.
  update(run, known) {
    this.run = run;
    this.known = known;
    const runs = run.state === "running" || run.state === "starting", can = known?.full.length > 0;
    const key = `${run.state} ${can}`;
    if (key === this.shown) return;
    this.shown = key;
    const had = document.activeElement?.parentElement === this.element;
    this.element.replaceChildren(
      runs ? h("button", { type: "button", onclick: (e) => this.post(e.currentTarget, "stop", {}, "It will save and end after the current step") }, "■ Stop")
        : run.state === "finished" ? h("button", { type: "button", class: "primary", onclick: () => trainOn(this.run) }, "Train longer …")
          : h("button", { type: "button", class: "primary", onclick: (e) => this.post(e.currentTarget, "resume", { steps: 0 }, "Training goes on") }, "▶ Resume"),
      h("button", { type: "button", disabled: !can, onclick: () => rewind(this.known) }, "Rewind …"));
    if (had) this.element.firstElementChild.focus();
  }

  async post(button, what, body, text) {
    button.disabled = true;
    try {
      await change(runPath(this.run.name, what), body);
      toast(text);
    } catch (e) {
      toast(e.hint ? `${e.message}: ${e.hint}` : e.message);
      button.disabled = false;
    }
  }
}

// LiveSettings are the fields of the settings that may change while a run trains.
export class LiveSettings {
  constructor() {
    this.failed = h("div");
    this.rows = new Map(rates().map((r) => [r.key, this.row(r)]));
    this.element = h("section", { class: "panel live", "aria-label": "Settings while it trains" },
      h("header", {}, h("h2", {}, "While it trains"), h("span", { class: "soft small" }, "from the next step on, marked in the curves")),
      h("div", { class: "rates" }, [...this.rows.values()].map((r) => r.element)), this.failed);
  }

  row({ key, label }) {
    const input = h("input", { type: "text", inputmode: "decimal", autocomplete: "off", name: key });
    const apply = h("button", { disabled: true, "aria-label": `Apply ${label}` }, "Apply");
    const row = { input, apply, now: null, asked: null, element: h("form", { class: "rate" }, h("label", {}, h("span", {}, label), input), apply) };
    input.addEventListener("input", () => { apply.disabled = !this.trains || Number(input.value) === row.now || !input.value.trim(); });
    row.element.addEventListener("submit", (e) => { e.preventDefault(); if (!apply.disabled) this.send(key, label, row); });
    return row;
  }

  async send(key, label, row) {
    row.apply.disabled = true;
    this.failed.replaceChildren();
    try {
      const value = toNumber(row.input.value, key);
      row.asked = value;
      await change(runPath(this.run.name, "change"), { setting: key, value });
      toast(`${label}: requested ${value}`);
    } catch (e) {
      row.asked = null;
      row.apply.disabled = false;
      this.failed.replaceChildren(problem(e));
    }
  }

  update(run) {
    this.run = run;
    this.trains = run.state === "running" || run.state === "starting";
    this.element.hidden = !this.trains;
    for (const [key, row] of this.rows) {
      const now = short(run.rates[key]);
      if (now === row.now) continue;
      if (row.asked !== null && Math.abs(now - row.asked) <= 0.1 * row.asked) {
        toast(`${rateName(key)} is ${row.asked} now`);
        row.asked = null;
      }
      row.now = now;
      if (document.activeElement !== row.input || Number(row.input.value) === now) {
        row.input.value = now;
        row.apply.disabled = true;
      }
    }
  }
}
