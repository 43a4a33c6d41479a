// Elements, and the format of numbers.

// h makes an element with attributes and children. A property that starts with "on"
// is an event listener. null and false are left out.
export function h(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else e.setAttribute(name, value === true ? "" : value);
  }
  e.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return e;
}

export const $ = (id) => document.getElementById(id);

export function count(n) {
  return Number(n).toLocaleString("en-US");
}

// figure formats a value of a curve.
export function figure(v) {
  if (v === null || v === undefined || !Number.isFinite(v)) return "–";
  const size = Math.abs(v);
  return size !== 0 && (size < 0.001 || size >= 1e5) ? v.toExponential(2) : v.toFixed(size < 10 ? 3 : 1);
}

export function duration(s) {
  if (!(s >= 0)) return "–";
  if (s < 60) return `${Math.round(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)}\u00a0min\u00a0${String(Math.round(s % 60)).padStart(2, "0")}\u00a0s`;
  if (s < 86400) return `${Math.floor(s / 3600)}\u00a0h\u00a0${String(Math.floor((s / 60) % 60)).padStart(2, "0")}\u00a0min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s / 3600) % 24)} h`;
}

export function bytes(n) {
  for (const unit of ["B", "KB", "MB", "GB"]) {
    if (n < 1000) return `${n < 10 && unit !== "B" ? n.toFixed(1) : Math.round(n)} ${unit}`;
    n /= 1000;
  }
  return `${n.toFixed(1)} TB`;
}

// settingText formats the value of a setting. The value of changes is a list.
export function settingText(v) {
  if (Array.isArray(v)) return v.map((c) => `${c.setting.replaceAll("_", "-")} ${c.value} from step ${c.step}`).join("; ");
  return v === "" || v === undefined ? "–" : String(v);
}

let hiding;

// toast shows a message for a few seconds. Screen readers read it aloud.
export function toast(text) {
  const t = $("toast");
  t.textContent = text;
  t.classList.add("shown");
  clearTimeout(hiding);
  hiding = setTimeout(() => t.classList.remove("shown"), 3500);
}

// problem shows an error with its hint.
export function problem(error) {
  return h("div", { class: "error", role: "alert" }, error.message, error.hint ? h("small", {}, error.hint) : null);
}

// empty is the message in place of content that does not exist yet.
export function empty(title, text, command) {
  return h("div", { class: "empty" }, h("h2", {}, title), h("p", {}, text), command ? h("pre", {}, command) : null);
}

// segments is a choice of one of several options.
export function segments(label, options, chosen, choose) {
  const buttons = options.map(([value, text]) =>
    h("button", {
      type: "button", "aria-pressed": String(value === chosen),
      onclick: (e) => {
        for (const b of buttons) b.setAttribute("aria-pressed", String(b === e.currentTarget));
        choose(value);
      },
    }, text));
  return h("span", { class: "segments", role: "group", "aria-label": label }, buttons);
}

export const statePill = (state) => h("span", { class: `pill ${state}` }, state);
