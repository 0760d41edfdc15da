// Finds the texts in JSON records. Strings without escapes and short whole numbers are split where they stand in the
// record; any other text is copied to a second buffer. A path of names alone is skimmed, and a parser runs only on a
// value that cannot stay in place.

import { parseSalted, unsalted } from "../../text/salted_json.ts";
import { JsonPath } from "./json_path.ts";
import { JsonSkimmer, SKIMMED } from "./json_skimmer.ts";

const ZERO = 0x30;
const NINE = 0x39;
/** Whole numbers of up to this many digits print as they are written. */
const MAX_EXACT_DIGITS = 15;
const INITIAL_TEXTS = 256;
const INITIAL_BYTES = 4096;
/** A larger buffer is dropped when it is emptied. */
const MAX_KEPT_BYTES = 1 << 20;
/** The most bytes of UTF-8 that one UTF-16 unit takes. */
const MAX_BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();

/** Texts in one buffer: text i is `bytes[starts[i]..ends[i])` for i below `count`. */
export class TextSpans {
  bytes: Uint8Array;
  starts: Int32Array = new Int32Array(INITIAL_TEXTS);
  ends: Int32Array = new Int32Array(INITIAL_TEXTS);
  count = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  push(start: number, end: number): void {
    if (this.count === this.starts.length) {
      this.starts = grown(this.starts, new Int32Array(this.count * 2));
      this.ends = grown(this.ends, new Int32Array(this.count * 2));
    }
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }

  clear(): void {
    this.count = 0;
    if (this.starts.byteLength <= MAX_KEPT_BYTES) return;
    this.starts = new Int32Array(INITIAL_TEXTS);
    this.ends = new Int32Array(INITIAL_TEXTS);
  }
}

/** Where a record's texts are; `invalid`: the record is not JSON and has none. */
export type JsonOutcome = "in_place" | "made" | "none" | "invalid";

/**
 * Finds the texts that a path leads to: strings, numbers as JavaScript prints them, and the strings and numbers of an
 * array. true, false, null, objects and nested arrays are no text.
 */
export class JsonTexts {
  /** Texts that stand in the records. */
  readonly inPlace: TextSpans = new TextSpans(new Uint8Array(0));
  /** Texts that were copied. */
  readonly made: TextSpans = new TextSpans(new Uint8Array(INITIAL_BYTES));
  readonly #path: JsonPath;
  readonly #skimmer: JsonSkimmer | undefined;
  #madeEnd = 0;

  /** @throws {SyntaxError} if the text is not a path. */
  constructor(path: string) {
    this.#path = new JsonPath(path);
    const { names } = this.#path;
    if (names !== undefined && JsonSkimmer.canFind(names)) this.#skimmer = new JsonSkimmer(names);
  }

  /** Empties both spans before records in `bytes`. */
  reset(bytes: Uint8Array): void {
    this.inPlace.bytes = bytes;
    this.inPlace.clear();
    this.made.clear();
    this.#madeEnd = 0;
    if (this.made.bytes.length > MAX_KEPT_BYTES) this.made.bytes = new Uint8Array(INITIAL_BYTES);
  }

  /** Adds the texts of the record `bytes[start..end)`, all to the same spans. O(bytes). */
  add(start: number, end: number): JsonOutcome {
    const skimmer = this.#skimmer;
    if (skimmer === undefined || end - start > skimmer.maxRecordBytes) return this.#parse(start, end);
    const { bytes } = this.inPlace;
    switch (skimmer.skim(bytes, start, end)) {
      case SKIMMED.invalid:
        return "invalid";
      case SKIMMED.nothing:
        return "none";
      case SKIMMED.undecided:
        return this.#parse(start, end);
      case SKIMMED.string:
        this.inPlace.push(skimmer.valueStart + 1, skimmer.valueEnd - 1);
        return "in_place";
    }
    const { valueStart, valueEnd } = skimmer;
    if (isPlainNumber(bytes, valueStart, valueEnd)) {
      this.inPlace.push(valueStart, valueEnd);
      return "in_place";
    }
    return this.#make([parseSalted(bytes.subarray(valueStart, valueEnd))]);
  }

  #parse(start: number, end: number): JsonOutcome {
    let root: unknown;
    try {
      root = parseSalted(this.inPlace.bytes.subarray(start, end));
    } catch (error) {
      if (error instanceof SyntaxError) return "invalid";
      throw error;
    }
    return this.#make(this.#path.select(root));
  }

  #make(values: Iterable<unknown>): JsonOutcome {
    const before = this.made.count;
    for (const value of values) {
      for (const each of Array.isArray(value) ? value : [value]) {
        if (typeof each === "string") this.#makeText(unsalted(each));
        else if (typeof each === "number") this.#makeText(String(each));
      }
    }
    return this.made.count > before ? "made" : "none";
  }

  #makeText(text: string): void {
    const start = this.#madeEnd;
    const needed = start + text.length * MAX_BYTES_PER_UNIT;
    if (needed > this.made.bytes.length) {
      this.made.bytes = grown(this.made.bytes, new Uint8Array(needed * 2));
    }
    this.#madeEnd += encoder.encodeInto(text, this.made.bytes.subarray(start)).written;
    this.made.push(start, this.#madeEnd);
  }
}

/** Whether String(number) prints the value as it is written: a short whole number. */
function isPlainNumber(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > MAX_EXACT_DIGITS) return false;
  for (let i = start; i < end; i++) {
    if (bytes[i] < ZERO || bytes[i] > NINE) return false;
  }
  return true;
}

function grown<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
