// Damages inputs in ways that break parsers: wrong lengths and counts, numbers at the limits of their types, parts cut
// off, repeated, or taken from other inputs.

import { type Random, randomInteger } from "../../lib/source/synthetic/random.ts";

const EDGES = [0n, 1n, 2n, 7n, 8n, 15n, 16n, 31n, 32n, 63n, 64n, 127n, 128n, 255n, 256n, 1000n, 4096n].concat(
  [32767n, 32768n, 65535n, 65536n, 0x1ff_ffffn, 0x7fff_fffen, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn],
  [0x1_0000_0000n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n],
);
/** Numbers as text. */
const WRITTEN_EDGES = ["0", "-0", "-1", "1", "255", "2147483648", "4294967296", "9007199254740993", "1e999"]
  .concat(
    ["1e-7", "0.1", "00", "0x10", "NaN", "Infinity", "99999999999999999999999"],
  );
const MAX_INSERTED = 16;

type Mutation = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  replaceByte,
  addToByte,
  putInteger,
  putInteger,
  putVarint,
  putVarint,
  putWrittenNumber,
  cutOut,
  cutOff,
  repeatPart,
  insertRandom,
  insertOther,
  insertOther,
  copyWithin,
  fillPart,
  spliceWith,
];

/** Applies one mutation; parts come from `others`. It may return `bytes` itself if nothing can change. */
export function mutate(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  return pick(MUTATIONS, random)(bytes, random, others);
}

/** Repeats a part of the input until it is about `length` long. */
export function stretch(bytes: Uint8Array, random: Random, length: number): Uint8Array {
  if (bytes.length === 0) return bytes;
  const { start, end } = part(bytes, random);
  const unit = bytes.subarray(start, Math.max(end, start + 1));
  const times = Math.max(1, Math.floor((length - bytes.length) / unit.length));
  const repeated = new Uint8Array(unit.length * times);
  for (let i = 0; i < times; i++) repeated.set(unit, i * unit.length);
  return replacePart(bytes, { start, end: start }, repeated);
}

export function pick<T>(from: readonly T[], random: Random): T {
  return from[Math.floor(random() * from.length)];
}

function flipBit(bytes: Uint8Array, random: Random): Uint8Array {
  return changed(bytes, random, (byte) => byte ^ 1 << randomInteger(random, 0, 7));
}

function replaceByte(bytes: Uint8Array, random: Random): Uint8Array {
  return changed(bytes, random, () => randomInteger(random, 0, 255));
}

function addToByte(bytes: Uint8Array, random: Random): Uint8Array {
  return changed(bytes, random, (byte) => byte + randomInteger(random, -3, 3));
}

function changed(bytes: Uint8Array, random: Random, change: (byte: number) => number): Uint8Array {
  if (bytes.length === 0) return bytes;
  const copy = bytes.slice();
  const at = Math.floor(random() * bytes.length);
  copy[at] = change(copy[at]);
  return copy;
}

function putInteger(bytes: Uint8Array, random: Random): Uint8Array {
  const size = pick([2, 4, 4, 8], random);
  if (bytes.length < size) return bytes;
  const copy = bytes.slice();
  const number = new DataView(new ArrayBuffer(8));
  number.setBigUint64(0, BigInt.asUintN(64, edge(random)) << BigInt(64 - size * 8));
  const encoded = new Uint8Array(number.buffer, 0, size);
  if (random() < 0.3) encoded.reverse();
  copy.set(encoded, randomInteger(random, 0, bytes.length - size));
  return copy;
}

function putVarint(bytes: Uint8Array, random: Random): Uint8Array {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, edge(random));
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  out.push(Number(rest));
  const at = Math.floor(random() * (bytes.length + 1));
  // Replace the varint that begins there.
  let end = at;
  while (end < bytes.length && bytes[end] > 127) end++;
  return replacePart(bytes, { start: at, end: Math.min(bytes.length, end + 1) }, Uint8Array.from(out));
}

function edge(random: Random): bigint {
  const number = pick(EDGES, random) + BigInt(randomInteger(random, -1, 1));
  return random() < 0.2 ? -number : number;
}

/** Replaces a number in the text, if there is one. */
function putWrittenNumber(bytes: Uint8Array, random: Random): Uint8Array {
  const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
  const from = Math.floor(random() * bytes.length);
  let start = bytes.findIndex((byte, i) => i >= from && isDigit(byte));
  if (start < 0) start = bytes.findIndex(isDigit);
  if (start < 0) return bytes;
  let end = start;
  while (end < bytes.length && isDigit(bytes[end])) end++;
  return replacePart(bytes, { start, end }, new TextEncoder().encode(pick(WRITTEN_EDGES, random)));
}

function cutOut(bytes: Uint8Array, random: Random): Uint8Array {
  return replacePart(bytes, part(bytes, random), new Uint8Array(0));
}

function cutOff(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.slice(0, Math.floor(random() * (bytes.length + 1)));
}

function repeatPart(bytes: Uint8Array, random: Random): Uint8Array {
  return stretch(bytes, random, bytes.length + randomInteger(random, 1, 64));
}

function insertRandom(bytes: Uint8Array, random: Random): Uint8Array {
  const inserted = new Uint8Array(randomInteger(random, 1, MAX_INSERTED)).map(() =>
    randomInteger(random, 0, 255)
  );
  const at = Math.floor(random() * (bytes.length + 1));
  return replacePart(bytes, { start: at, end: at }, inserted);
}

/** A part of another input, or all of it. Dictionary tokens are short. */
function insertOther(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  const other = pick(others, random);
  const { start, end } = other.length <= MAX_INSERTED ? { start: 0, end: other.length } : part(other, random);
  const at = Math.floor(random() * (bytes.length + 1));
  const until = random() < 0.5 ? at : Math.min(bytes.length, at + end - start);
  return replacePart(bytes, { start: at, end: until }, other.subarray(start, end));
}

function copyWithin(bytes: Uint8Array, random: Random): Uint8Array {
  const { start, end } = part(bytes, random);
  const copy = bytes.slice();
  copy.copyWithin(Math.floor(random() * bytes.length), start, end);
  return copy;
}

function fillPart(bytes: Uint8Array, random: Random): Uint8Array {
  const { start, end } = part(bytes, random);
  return bytes.slice().fill(
    pick([0, 0xff, 0x7f, 0x80, 0x20, randomInteger(random, 0, 255)], random),
    start,
    end,
  );
}

/** The beginning of one input and the end of another. */
function spliceWith(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  const other = pick(others, random);
  const start = Math.floor(random() * (bytes.length + 1));
  return replacePart(
    bytes,
    { start, end: bytes.length },
    other.subarray(Math.floor(random() * other.length)),
  );
}

interface Part {
  readonly start: number;
  readonly end: number;
}

/** A random length; short ones are as likely as long ones. */
function part(bytes: Uint8Array, random: Random): Part {
  const start = Math.floor(random() * bytes.length);
  const longest = bytes.length - start;
  return { start, end: start + Math.ceil(longest ** random()) };
}

function replacePart(bytes: Uint8Array, { start, end }: Part, by: Uint8Array): Uint8Array {
  const until = Math.min(end, bytes.length);
  const replaced = new Uint8Array(start + by.length + bytes.length - until);
  replaced.set(bytes.subarray(0, start));
  replaced.set(by, start);
  replaced.set(bytes.subarray(until), start + by.length);
  return replaced;
}
