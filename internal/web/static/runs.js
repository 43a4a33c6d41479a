// All runs as cards, and the link to compare some of them.

import { h, count, duration, figure, empty, statePill } from "./dom.js";
import { runPath } from "./api.js";
import { newRun } from "./control.js";

export function runsView(root, state) {
  const picked = new Set();
  const cards = h("div", { class: "cards" });
  const compare = h("a", { class: "button primary", href: "#/", "aria-disabled": "true" }, "Compare");
  const recipes = state.session.recipes;
  const add = recipes ? h("button", { type: "button", class: "primary", onclick: () => newRun(recipes) }, "New run") : null;
  const head = h("div", { class: "head" }, h("h1", {}, "Runs"), h("span", { class: "soft small" }, state.session.runs), h("span", { class: "grow" }), compare, add);
  root.append(head, cards);

  function recount() {
    compare.textContent = picked.size > 1 ? `Compare ${picked.size} runs` : "Compare: choose two or more";
    compare.setAttribute("aria-disabled", String(picked.size < 2));
    compare.href = picked.size > 1 ? `#/compare/${encodeURIComponent([...picked].join("|"))}` : "#/";
  }

  function card(run) {
    const sheet = run.sheets.at(-1);
    const box = h("input", { type: "checkbox", "aria-label": `Choose ${run.name} to compare` });
    box.checked = picked.has(run.name);
    box.addEventListener("change", () => { box.checked ? picked.add(run.name) : picked.delete(run.name); recount(); });
    return h("article", { class: "panel card" },
      sheet === undefined ? h("div", { class: "thumb" })
        : h("img", { class: "thumb", alt: `Samples of step ${sheet}`, loading: "lazy", src: runPath(run.name, `sheets/${sheet}`, { pictures: 3 }) }),
      h("h2", {}, run.steps ? h("a", { href: `#/run/${encodeURIComponent(run.name)}` }, run.name) : run.name),
      run.failure ? h("p", { class: "small bad" }, run.failure) : null,
      run.note ? h("p", { class: "small bad" }, run.note) : null,
      run.error ? h("p", { class: "soft small" }, run.error) : h("div", { class: "tools" }, statePill(run.state), run.size ? h("span", { class: "soft small" }, `${run.recipe}, ${run.size}×${run.size}`) : h("span", { class: "soft small" }, "reading the pictures")),
      h("div", { class: "small soft number" },
        h("progress", { max: run.steps || 1, value: run.step, "aria-label": `Step ${run.step} of ${run.steps}` }),
        h("div", {}, `${count(run.step)} of ${count(run.steps)} steps` + (run.time_s ? `, ${duration(run.time_s)}` : "")),
        "discriminator_loss" in run.latest ? h("div", {}, `loss D ${figure(run.latest.discriminator_loss)}, G ${figure(run.latest.generator_loss)}`) : null),
      h("label", { class: "pick" }, box, "compare"));
  }
  const nothing = () => h("div", {}, empty("No runs here yet", "Train on your pictures, or on the embedded set of cartoon heads; the run will appear here.", recipes ? null : "dcgan train\ndcgan train ~/photos"),
    recipes ? h("p", { class: "empty tight" }, h("button", { type: "button", class: "primary", onclick: () => newRun(recipes) }, "New run")) : null);

  let shown = "";
  return {
    update(runs) {
      const text = JSON.stringify(runs);
      if (text === shown) return;
      shown = text;
      for (const name of picked) if (!runs.some((r) => r.name === name)) picked.delete(name);
      recount();
      compare.hidden = runs.length < 2;
      const held = document.activeElement?.closest?.(".card")?.querySelector("a")?.href;
      const wasBox = document.activeElement?.matches?.("input");
      cards.replaceChildren(...runs.map(card));
      for (const c of cards.children) if (held && c.querySelector("a")?.href === held) c.querySelector(wasBox ? "input" : "a").focus();
      add?.toggleAttribute("hidden", !runs.length);
      if (!runs.length) root.replaceChildren(head, nothing());
      else if (!cards.isConnected) root.replaceChildren(head, cards);
    },
  };
}
