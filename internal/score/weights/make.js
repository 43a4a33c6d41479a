// Writes mobilenet.bin from the npm package nsfwjs 4.3.0 (MIT):
//
//	npm pack nsfwjs@4.3.0 && tar xzf nsfwjs-4.3.0.tgz && node make.js package > mobilenet.bin
//
// The file is a line of JSON, [{"name", "shape", "min", "scale"}, ...], and then
// the tensors' bytes in that order; a byte b stands for min + b*scale. The layers
// past the last bottleneck, which its classes need, are left out.
const fs = require("fs");
const path = require("path");

const folder = path.resolve(process.argv[2], "dist/models/mobilenet_v2");
const load = (name) => { const m = require(path.join(folder, name)); return m.default || m; };
const model = load("model.min.js");
const data = Buffer.from(load("group1-shard1of1.min.js"), "base64");

const list = [];
const parts = [];
let at = 0;
for (const w of model.weightsManifest.flatMap((group) => group.weights)) {
  const size = w.shape.reduce((a, b) => a * b, 1);
  if (!w.name.startsWith("dense_") && !w.name.startsWith("Conv_1")) {
    list.push({ name: w.name, shape: w.shape, min: w.quantization.min, scale: w.quantization.scale });
    parts.push(data.subarray(at, at + size));
  }
  at += size;
}
if (at !== data.length) throw new Error(`${data.length} bytes, of which the manifest names ${at}`);
fs.writeFileSync(1, Buffer.concat([Buffer.from(JSON.stringify(list) + "\n"), ...parts]));
