// Pictures out of the sheets that the server sends.

import { h } from "./dom.js";

const GAP = 2; // around each picture of a sheet

// cell makes a canvas of picture i of a sheet with so many columns.
export function cell(size, attributes = {}) {
  return h("canvas", { width: size, height: size, ...attributes });
}

// draw shows picture i of a sheet with so many columns; a sheet of one picture, which
// has 0 columns, is the picture.
export function draw(canvas, sheet, i, columns) {
  const size = canvas.width, c = canvas.getContext("2d");
  c.clearRect(0, 0, size, size);
  if (!columns) return c.drawImage(sheet, 0, 0);
  const x = GAP + (i % columns) * (size + GAP), y = GAP + Math.floor(i / columns) * (size + GAP);
  c.drawImage(sheet, x, y, size, size, 0, 0, size, size);
}

// latest runs one request at a time: while one is on its way only the newest of the
// wishes is kept.
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
