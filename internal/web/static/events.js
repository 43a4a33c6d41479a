// The events of a run: alarms, with advice, and changes of settings. They are shown as
// marks and bands on the charts, and as a list below them.

import { h, count } from "./dom.js";
import { rateName } from "./control.js";

export const alarmName = (name) => name.replaceAll("_", " ").replaceAll("-", " ");

// happenings turns the server's events, sorted by step, into changes and bands: {name,
// from, to, seen, advice}, with to null for an alarm that has not ended.
export function happenings(events) {
  const bands = [], changes = [], open = new Map();
  for (const e of events) {
    for (const a of e.alarms || []) {
      if (a.ends) {
        if (open.has(a.name)) open.get(a.name).to = e.step;
        open.delete(a.name);
      } else {
        const band = { ...a, from: e.step, to: null };
        open.set(a.name, band);
        bands.push(band);
      }
    }
    for (const c of e.changes || []) changes.push({ ...c, step: e.step });
  }
  return { bands, changes };
}

// Happenings is the list. It calls onPick(step) when an event is chosen.
export class Happenings {
  constructor(onPick) {
    this.onPick = onPick;
    this.shown = "";
    this.list = h("ol", { class: "happenings" });
    this.element = h("section", { class: "panel", hidden: true, "aria-label": "What happened" }, h("header", {}, h("h2", {}, "What happened")), this.list);
    this.now = h("div", { class: "stack", role: "status" });
  }

  update({ bands, changes }) {
    const text = JSON.stringify([bands, changes]);
    if (text === this.shown) return;
    this.shown = text;
    const at = (step) => h("button", { type: "button", class: "at", onclick: () => this.onPick(step) }, `step ${count(step)}`);
    const items = [
      ...bands.map((b) => [b.from, h("li", { class: "alarm" }, at(b.from), h("div", {}, h("b", {}, alarmName(b.name)), b.to === null ? h("span", { class: "pill failed" }, "now") : h("span", { class: "soft" }, ` until step ${count(b.to)}`), h("p", { class: "small" }, b.seen), h("p", { class: "small soft" }, b.advice)))]),
      ...changes.map((c) => [c.step, h("li", { class: "change" }, at(c.step), h("div", {}, h("b", {}, rateName(c.setting)), ` is ${c.value} from here on`, c.why ? h("p", { class: "small soft" }, c.why) : null))]),
    ].sort((a, b) => b[0] - a[0]);
    this.element.hidden = !items.length;
    this.list.replaceChildren(...items.slice(0, 100).map((i) => i[1]));
    this.now.replaceChildren(...bands.filter((b) => b.to === null).map((b) => h("div", { class: "warning" }, h("b", {}, alarmName(b.name)), ` since step ${count(b.from)}: ${b.seen || ""}`, b.advice ? h("small", {}, b.advice) : null)));
  }
}
