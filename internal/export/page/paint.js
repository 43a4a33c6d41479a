// The generator: from a seed to z, from z to a picture.

const model = JSON.parse(document.getElementById("model").textContent);

// decode reads the numbers that follow the page: float32 biases and directions, then the
// weights, of 16 or 32 bits.
function decode() {
  const text = atob(document.getElementById("numbers").textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  const floats = new Float32Array(bytes.buffer, 0, model.floats);
  const weights = model.half
    ? Float32Array.from(new Uint16Array(bytes.buffer, 4 * model.floats), halfToNumber)
    : new Float32Array(bytes.buffer, 4 * model.floats);
  let f = 0, w = 0;
  for (const l of model.layers) {
    l.bias = floats.subarray(f, f += l.out);
    const pairs = { identity: 0, resampling: 1 }[l.kind] ?? l.in * l.out;
    l.weight = weights.subarray(w, w += l.kernel * l.kernel * pairs); // [tap][in][out], or [tap] of any channel
    l.y = new Float32Array(l.out * l.outSize * l.outSize); // [row][column][channel]
  }
  model.directions = [];
  while (f < floats.length) model.directions.push(floats.subarray(f, f += model.nz));
}

function halfToNumber(h) {
  const sign = h & 0x8000 ? -1 : 1, exponent = h >> 10 & 31, fraction = h & 1023;
  return exponent ? sign * (1 + fraction / 1024) * 2 ** (exponent - 15) : sign * fraction * 2 ** -24;
}

// latent returns the z of a seed, a BigInt: numbers of Philox4x32-10 with the seed as its
// key and 3 in the second word of its counter.
function latent(seed) {
  const words = new Uint32Array(4);
  let block = 0, used = 4;
  const uniform = () => { // 53 bits of two words, the first word low
    if (used === 4) {
      philox(words, block++, Number(seed & 0xffffffffn), Number(seed >> 32n & 0xffffffffn));
      used = 0;
    }
    const low = words[used], high = words[used + 1];
    used += 2;
    return (high * 2 ** 21 + (low >>> 11)) * 2 ** -53;
  };
  return Float32Array.from({ length: model.nz }, () => model.latent === "normal"
    ? Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
    : 2 * uniform() - 1);
}

function philox(words, block, k0, k1) {
  let a = block, b = 3, c = 0, d = 0;
  for (let round = 0; round < 10; round++) {
    const ah = highWord(a, 0xD2511F53), al = Math.imul(a, 0xD2511F53);
    const ch = highWord(c, 0xCD9E8D57), cl = Math.imul(c, 0xCD9E8D57);
    [a, b, c, d] = [ch ^ b ^ k0, cl, ah ^ d ^ k1, al];
    k0 = k0 + 0x9E3779B9 | 0;
    k1 = k1 + 0xBB67AE85 | 0;
  }
  words.set([a, b, c, d]); // which makes them unsigned
}

// highWord returns the upper 32 bits of the product of two unsigned words.
function highWord(a, b) {
  const al = a & 0xffff, ah = a >>> 16, bl = b & 0xffff, bh = b >>> 16;
  const middle = ah * bl + (al * bl >>> 16);
  return ah * bh + Math.floor(middle / 65536) + (((middle & 0xffff) + al * bh) / 65536 >>> 0) | 0;
}

// slerp goes from a to b along the sphere, t from 0 to 1.
function slerp(a, b, t) {
  let aa = 0, bb = 0, ab = 0;
  for (let i = 0; i < a.length; i++) { aa += a[i] * a[i]; bb += b[i] * b[i]; ab += a[i] * b[i]; }
  const angle = Math.acos(Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))));
  const sine = Math.sin(angle);
  const fa = sine > 1e-6 ? Math.sin((1 - t) * angle) / sine : 1 - t;
  const fb = sine > 1e-6 ? Math.sin(t * angle) / sine : t;
  return a.map((v, i) => fa * v + fb * b[i]);
}

// paint returns the picture of z as ImageData.
function paint(z) {
  const output = i => i === -1 ? z : model.layers[i].y;
  for (const l of model.layers) compute(l, output(l.from), l.added === -2 ? null : output(l.added));
  const x = output(model.layers.length - 1);
  const { channels, size } = model, image = new ImageData(size, size), rounding = model.truncate ? 0 : 0.5;
  for (let p = 0; p < size * size; p++) {
    for (let c = 0; c < 4; c++) {
      const from = channels === 1 && c < 3 ? 0 : c;
      image.data[4 * p + c] = from < channels
        ? Math.floor(Math.max(0, Math.min(255, (x[p * channels + from] + 1) * 127.5 + rounding)))
        : 255;
    }
  }
  return image;
}

// compute puts a layer's output into l.y.
function compute(l, x, added) {
  const y = l.y;
  for (let i = 0; i < y.length; i += l.out) y.set(l.bias, i);
  if (l.kind === "identity") y.set(x);
  else convolve(l, x);
  if (added) for (let i = 0; i < y.length; i++) y[i] += added[i];
  activate(l.activation, y);
}

// convolve joins row stride*y + k - pad of the wide map with row y of the narrow one by
// row k of the kernel, and columns alike; the narrow map is the input if the layer widens.
function convolve(l, x) {
  const y = l.y, area = l.in * l.out, single = l.kind === "resampling";
  const narrow = l.widens ? l.inSize : l.outSize, wide = l.widens ? l.outSize : l.inSize;
  for (let r = 0; r < narrow; r++) for (let ky = 0; ky < l.kernel; ky++) {
    const wr = r * l.stride + ky - l.pad;
    if (wr < 0 || wr >= wide) continue;
    for (let c = 0; c < narrow; c++) for (let kx = 0; kx < l.kernel; kx++) {
      const wc = c * l.stride + kx - l.pad;
      if (wc < 0 || wc >= wide) continue;
      const n = r * narrow + c, w = wr * wide + wc, tap = ky * l.kernel + kx;
      const to = (l.widens ? w : n) * l.out, from = (l.widens ? n : w) * l.in;
      if (single) for (let o = 0; o < l.out; o++) y[to + o] += l.weight[tap] * x[from + o];
      else add(y, to, l.out, x, from, l.in, l.weight, tap * area);
    }
  }
}

const places = new Int32Array(1 << 16), values = new Float64Array(1 << 16);

// add adds what one tap of the kernel carries from a pixel of x to one of y. It skips
// zeros, of which ReLU makes many, and takes four input channels at a time.
function add(y, to, outs, x, from, ins, weight, tap) {
  let n = 0;
  for (let i = 0; i < ins; i++) {
    const v = x[from + i];
    if (v !== 0) { places[n] = tap + i * outs; values[n++] = v; }
  }
  while (n & 3) { places[n] = tap; values[n++] = 0; }
  for (let k = 0; k < n; k += 4) {
    const p0 = places[k], p1 = places[k + 1], p2 = places[k + 2], p3 = places[k + 3];
    const v0 = values[k], v1 = values[k + 1], v2 = values[k + 2], v3 = values[k + 3];
    for (let o = 0; o < outs; o++) {
      y[to + o] += v0 * weight[p0 + o] + v1 * weight[p1 + o] + v2 * weight[p2 + o] + v3 * weight[p3 + o];
    }
  }
}

function activate(kind, y) {
  if (kind === "relu") for (let i = 0; i < y.length; i++) y[i] = Math.max(0, y[i]);
  else if (kind === "leaky_relu") for (let i = 0; i < y.length; i++) y[i] = Math.max(y[i], 0.2 * y[i]);
  else if (kind === "tanh") for (let i = 0; i < y.length; i++) y[i] = Math.tanh(y[i]);
}

decode();
