// Cutting pictures out of sheets.

import { h } from "./dom.js";

const GAP = 2; // around each picture of a sheet

// cell makes a canvas for one picture.
export function cell(size, attributes = {}) {
  return h("canvas", { width: size, height: size, ...attributes });
}

// draw shows picture i of a sheet with columns columns. 0 columns mean that the sheet is
// the picture itself.
export function draw(canvas, sheet, i, columns) {
  const size = canvas.width, c = canvas.getContext("2d");
  c.clearRect(0, 0, size, size);
  if (!columns) return c.drawImage(sheet, 0, 0);
  const x = GAP + (i % columns) * (size + GAP), y = GAP + Math.floor(i / columns) * (size + GAP);
  c.drawImage(sheet, x, y, size, size, 0, 0, size, size);
}

// latest runs one request at a time. While one runs, only the newest of the waiting
// ones is kept.
export function latest(work) {
  let busy = false, wish = null;
  return async function ask(...args) {
    wish = args;
    if (busy) return;
    busy = true;
    while (wish) {
      const now = wish;
      wish = null;
      await work(...now);
    }
    busy = false;
  };
}
