// A chart of curves over steps or time, by uPlot.

import uPlot from "./uPlot.esm.js";
import { h, figure, count, duration } from "./dom.js";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Chart draws curves: [{key, label, tint}]; hint says in a sentence what they are. Events: onHover(x or null), onPick(x),
// onZoom(min, max) with the range of x, or nulls for all.
export class Chart {
  constructor({ title, hint, curves, height = 250, range, onHover, onPick, onZoom, sync }) {
    Object.assign(this, { title, hint, curves, height, range, onHover, onPick, onZoom, sync });
    this.hidden = new Set();
    this.happened = { bands: [], changes: [] }; // with their x: {from, to, text}, {x, text}
    this.log = false;
    this.byTime = false;
    this.data = null;
    this.legend = h("div", { class: "legend", role: "group", "aria-label": `Curves of ${title}` });
    this.box = h("div", { class: "plot", role: "img", "aria-label": `Chart of ${title}` });
    this.outputs = new Map();
    for (const c of curves) this.legend.append(this.entry(c));
    this.element = h("section", { class: "panel" }, h("header", {}, h("h2", {}, title), h("span", { class: "grow" }), this.legend), hint ? h("p", { class: "soft small" }, hint) : "", this.box);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.box);
  }

  entry(c) {
    const value = h("output", { "aria-hidden": "true" });
    this.outputs.set(c.key, value);
    const b = h("button", { type: "button", class: `t${c.tint}`, "aria-pressed": "true", title: `Show or hide ${c.label}` }, h("i"), c.label, value);
    b.addEventListener("click", () => {
      this.hidden.has(c.key) ? this.hidden.delete(c.key) : this.hidden.add(c.key);
      b.setAttribute("aria-pressed", String(!this.hidden.has(c.key)));
      this.draw();
    });
    return b;
  }

  // set takes {x, raw: {key: values}, smooth: {key: values} or null, floor: {key: value} or null}.
  // Curves without any value are not shown, and neither is a chart without curves.
  set(data) {
    this.data = data;
    const lacks = (c) => data.x.length > 0 && !(c.key in data.raw);
    for (const c of this.curves) this.outputs.get(c.key).parentElement.hidden = lacks(c);
    this.element.hidden = this.curves.every(lacks);
    this.draw();
  }

  draw() {
    if (!this.data || !this.box.isConnected) return;
    this.plot?.destroy();
    const { x, raw, smooth } = this.data;
    const series = [{}], columns = [x];
    for (const c of this.curves) {
      const show = !this.hidden.has(c.key), stroke = colour(`--c${c.tint}`), few = sparse(raw[c.key]);
      const faint = smooth && !few;
      columns.push(raw[c.key] || x.map(() => null));
      series.push({ show, stroke: faint ? stroke + "44" : stroke, width: faint ? 1 : 1.6, points: few ? { show: true, size: 7, fill: stroke } : { show: x.length < 2 }, spanGaps: true });
      if (faint) {
        columns.push(smooth[c.key] || x.map(() => null));
        series.push({ show, stroke, width: 2, points: { show: false }, spanGaps: true });
      }
    }
    this.plot = new uPlot(this.options(series), columns, this.box);
    this.showValues(x.length - 1);
  }

  options(series) {
    const axis = { stroke: colour("--soft"), font: "12px " + colour("--font"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), size: 5 } };
    const y = this.log ? { distr: 3 } : this.range ? { range: () => this.range } : { range: (u, lo, hi) => this.spread(lo, hi) };
    const values = this.byTime ? (u, list) => list.map((v) => duration(v)) : (u, list) => list.map((v) => (v === null ? "" : count(v)));
    return {
      width: Math.max(200, this.box.clientWidth), height: this.height, series,
      legend: { show: false },
      scales: { x: { time: false }, y },
      axes: [{ ...axis, size: 34, values, space: this.byTime ? 90 : 70 }, { ...axis, size: 52, values: (u, list) => list.map((v) => (v === null ? "" : figure(v).replace(/\.?0+$/, ""))) }],
      cursor: { x: true, y: false, sync: this.sync ? { key: this.sync } : undefined, drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
      hooks: { setCursor: [(u) => this.moved(u)], setSelect: [(u) => this.selected(u)], ready: [(u) => this.ready(u)], draw: [(u) => this.mark(u)] },
    };
  }

  // uPlot hides its cursor on mouseleave; ours is registered later and comes after.
  ready(u) {
    let down = null;
    u.over.addEventListener("pointerdown", (e) => { down = e.clientX; });
    u.over.addEventListener("click", (e) => { if (down !== null && Math.abs(e.clientX - down) < 4) this.onPick?.(u.posToVal(u.cursor.left, "x")); });
    u.over.addEventListener("dblclick", () => this.onZoom?.(null, null));
    u.over.addEventListener("mouseleave", () => { this.showValues(this.data.x.length - 1); this.onHover?.(null); });
  }

  // floors lists the curves that are shown and have a floor.
  floors() {
    return this.curves.filter((c) => !this.hidden.has(c.key) && this.data.floor?.[c.key] !== undefined && c.key in this.data.raw);
  }

  // spread adds a margin to a range, which it widens to the floors, and a width to a range that is a point.
  spread(lo, hi) {
    if (lo === null || hi === null) return [0, 1];
    const values = [lo, hi, ...this.floors().map((c) => this.data.floor[c.key])];
    [lo, hi] = [Math.min(...values), Math.max(...values)];
    const air = (hi - lo) * 0.06 || Math.abs(hi) * 0.1 || 1;
    return [lo >= 0 && lo - air < 0 ? 0 : lo - air, hi + air];
  }

  // mark draws the bands and marks of events, and the floors, over the curves.
  mark(u) {
    for (const e of u.over.querySelectorAll(".band, .flag, .floor")) e.remove();
    for (const c of this.floors()) {
      const value = this.data.floor[c.key], top = u.valToPos(value, "y");
      if (!(top >= 0 && top <= u.over.clientHeight)) continue;
      const e = h("i", { class: `floor t${c.tint}`, title: `${c.label}: real pictures score ${figure(value)}${this.data.floor.uncertain ? ", uncertain: they are few" : ""}` });
      e.style.top = `${top}px`;
      u.over.append(e);
    }
    const { min, max } = u.scales.x, left = (x) => u.valToPos(Math.max(min, Math.min(max, x)), "x");
    for (const b of this.happened.bands) {
      if (b.from > max || (b.to ?? max) < min) continue;
      const e = h("i", { class: "band" }), at = left(b.from);
      e.style.left = `${at}px`;
      e.style.width = `${Math.max(2, left(b.to ?? max) - at)}px`;
      u.over.prepend(e);
      u.over.append(flag("alarm", at, b.text));
    }
    for (const c of this.happened.changes) if (c.x >= min && c.x <= max) u.over.append(flag("change", left(c.x), c.text));
  }

  moved(u) {
    if (u.cursor.left < 0 || u.cursor.idx === null) return;
    this.showValues(u.cursor.idx);
    if (u.cursor.event) this.onHover?.(u.posToVal(u.cursor.left, "x"));
  }

  selected(u) {
    if (u.select.width < 6) return;
    const [a, b] = [u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x")];
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.onZoom?.(a, b);
  }

  showValues(i) {
    for (const c of this.curves) this.outputs.get(c.key).textContent = figure(valueAt(this.data, c.key, i));
  }

  // point moves the cursor to x.
  point(x) {
    if (!this.plot || x === null) return;
    this.plot.setCursor({ left: this.plot.valToPos(x, "x"), top: 0 }, false);
    this.showValues(this.plot.valToIdx(x));
  }

  resize() {
    const width = this.box.clientWidth;
    if (this.plot && width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: this.height });
    else if (!this.plot) this.draw();
  }

  close() {
    this.observer.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }
}

// flag is a mark at a place of the chart, with a tooltip.
function flag(kind, left, text) {
  const e = h("i", { class: `flag ${kind}`, title: text });
  e.style.left = `${left}px`;
  return e;
}

// sparse reports whether a curve has values at few points only, as scores have. Such
// a curve is drawn with its points and is not smoothed.
export function sparse(values) {
  return Boolean(values) && values.filter((v) => v !== null).length * 4 < values.length;
}

// valueAt returns the value that a curve's legend shows at a point: the smoothed value,
// or of a sparse curve the last value before the point.
function valueAt({ raw, smooth }, key, i) {
  const values = sparse(raw[key]) ? raw[key] : (smooth || raw)[key];
  while (i > 0 && values?.[i] === null) i--;
  return values?.[i];
}
