// Random records of JSON made of what is hard to read; some of them are damaged afterwards.

import { type Random, randomInteger } from "../../../lib/source/synthetic/random.ts";

const SPACES = ["", "", "", "", " ", "\n", "\t\r\n ", "                  "];
const NAMES = [
  "message",
  "message",
  "a",
  "b",
  "a.b",
  "ä",
  "",
  "messagf",
  "messag",
  "__proto__",
  "length",
  "0",
];
const ESCAPES = [
  '\\"',
  "\\\\",
  "\\/",
  "\\b",
  "\\f",
  "\\n",
  "\\r",
  "\\t",
  "\\u0061",
  "\\u00E4",
  "\\ud83d\\ude00",
]
  .concat("\\ud800", "\\udc00", "\\u0000", "\\uFEFF", "\\u2028");
const CHARACTERS = [
  ..."abc ,;:{}[]'/",
  "ä",
  "€",
  "😀",
  "\u2028",
  "\ufeff",
  "\ufffd",
  "\x7f",
  "sixteen bytes or more",
];
const NUMBERS = [
  "0",
  "-0",
  "7",
  "123456789012345",
  "1234567890123456",
  "12345678901234567890",
  "-1.5",
  "1e5",
  "1E+21",
]
  .concat("1e21", "1e999", "-1e999", "1e-7", "0.1", "5e-324", "100e-2");
/** Texts that JSON does not have. */
const WRONG = [
  "NaN",
  "Infinity",
  "undefined",
  "01",
  "1.",
  ".5",
  "+1",
  "-",
  "1e",
  "0x1",
  "tru",
  "nul",
  "TRUE",
  "'a'",
]
  .concat(
    '"\\x"',
    '"\\u12"',
    '"\\u12g4"',
    '"\n"',
    '"\x00"',
    '"\x1f"',
    '"',
    "\ufeff",
    "\u00a0",
    "\v",
    "//",
    ",",
    "]}",
  );
const DAMAGE = [
  0x00,
  0x09,
  0x1f,
  0x20,
  0x22,
  0x2c,
  0x2d,
  0x30,
  0x3a,
  0x5b,
  0x5c,
  0x5d,
  0x65,
  0x75,
  0x7b,
  0x7d,
  0x80,
]
  .concat(0xbf, 0xc3, 0xe2, 0xed, 0xf0, 0xff);

const encoder = new TextEncoder();

/** The bytes of a record; half of them are damaged. */
export function randomRecord(random: Random): Uint8Array {
  const parts: string[] = [];
  const wrongs = random() < 0.2 ? 0.02 : 0;
  // Mostly an object, as most records are; sometimes any value.
  if (random() < 0.9) addObject(parts, { random, wrongs, depth: 0 });
  else addValue(parts, { random, wrongs, depth: 0 });
  const bytes = encoder.encode(parts.join(""));
  return random() < 0.5 ? bytes : damaged(bytes, random);
}

interface Making {
  readonly random: Random;
  /** The probability of a fault. */
  readonly wrongs: number;
  readonly depth: number;
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[randomInteger(random, 0, values.length - 1)];
}

function addSpace(parts: string[], { random }: Making): void {
  parts.push(pick(random, SPACES));
}

function addValue(parts: string[], making: Making): void {
  const { random, wrongs, depth } = making;
  addSpace(parts, making);
  const kind = random();
  if (random() < wrongs) parts.push(pick(random, WRONG));
  else if (depth < 4 && kind < 0.2) addObject(parts, making);
  else if (depth < 4 && kind < 0.36) addArray(parts, making);
  else if (kind < 0.7) addString(parts, making);
  else parts.push(kind < 0.9 ? pick(random, NUMBERS) : pick(random, ["true", "false", "null"]));
  addSpace(parts, making);
}

function addObject(parts: string[], making: Making): void {
  const { random, depth } = making;
  const members = randomInteger(random, 0, 5);
  parts.push("{");
  addSpace(parts, making);
  for (let i = 0; i < members; i++) {
    if (i > 0) parts.push(",");
    addSpace(parts, making);
    if (random() < 0.8) parts.push(escapedNow(JSON.stringify(pick(random, NAMES)), random));
    else addString(parts, making);
    addSpace(parts, making);
    parts.push(":");
    addValue(parts, { ...making, depth: depth + 1 });
  }
  parts.push("}");
}

/** Sometimes writes a name's first letter as an escape. */
function escapedNow(name: string, random: Random): string {
  return random() < 0.05 ? name.replace("m", "\\u006d") : name;
}

function addArray(parts: string[], making: Making): void {
  const elements = randomInteger(making.random, 0, 4);
  parts.push("[");
  addSpace(parts, making);
  for (let i = 0; i < elements; i++) {
    if (i > 0) parts.push(",");
    addValue(parts, { ...making, depth: making.depth + 1 });
  }
  parts.push("]");
}

function addString(parts: string[], { random }: Making): void {
  const escapes = random() < 0.3 ? 0.3 : 0;
  parts.push('"');
  for (let n = randomInteger(random, 0, 8); n > 0; n--) {
    parts.push(pick(random, random() < escapes ? ESCAPES : CHARACTERS));
  }
  parts.push('"');
}

/** Replaces, inserts, removes or repeats bytes, or cuts off the end, up to a few times. */
export function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  let damaged = [...bytes];
  for (let n = randomInteger(random, 1, 3); n > 0; n--) {
    const at = randomInteger(random, 0, damaged.length);
    const length = randomInteger(random, 1, 8);
    const byte = random() < 0.8 ? pick(random, DAMAGE) : randomInteger(random, 0, 255);
    switch (randomInteger(random, 0, 4)) {
      case 0:
        if (at < damaged.length) damaged[at] = byte;
        break;
      case 1:
        damaged.splice(at, 0, byte);
        break;
      case 2:
        damaged.splice(at, length);
        break;
      case 3:
        damaged.splice(at, 0, ...damaged.slice(at, at + length));
        break;
      case 4:
        if (random() < 0.3) damaged = damaged.slice(0, at);
    }
  }
  return Uint8Array.from(damaged);
}
