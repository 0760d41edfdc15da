// Finds values in JSON records without parsing them. WebAssembly does the work; json_skim.as explains why its answers are
// those of JSON.parse.

import type { JsonStep } from "./json_path.ts";
import { JsonPlan } from "./json_plan.ts";
import { jsonSkimWasm } from "./json_skim_wasm.ts";

/** `undecided`: only JSON.parse can tell. */
export const SKIMMED = { invalid: 0, valid: 1, undecided: 2 } as const;

/** The kinds of found values. A `string` has no escapes. */
export const JSON_KIND = {
  nothing: 0,
  string: 1,
  number: 2,
  true: 3,
  false: 4,
  null: 5,
  object: 6,
  array: 7,
  escapedString: 8,
} as const;

/** A cell has these numbers. A string's quotes are part of it. */
export const CELL = { kind: 0, start: 1, end: 2 } as const;
const CELL_NUMBERS = 3;
/** Records are copied together up to this many bytes, so that they stay in a near cache. A longer one is copied alone. */
const BLOCK_BYTES = 16_384;

const ADDRESSES = [
  "CELLS",
  "MAX_CELLS",
  "PLAN",
  "MAX_PLAN_BYTES",
  "MAX_DEPTH",
  "RECORDS",
  "MAX_RECORD_BYTES",
] as const;

interface Exports extends Readonly<Record<typeof ADDRESSES[number], { readonly value: number }>> {
  readonly memory: WebAssembly.Memory;
  readonly skim: (start: number, end: number, cells: number) => number;
}

export class JsonSkimmer {
  /** The longest record that can be skimmed. */
  readonly maxRecordBytes: number;
  /** The cells, for the record last skimmed. */
  readonly numbers: Int32Array;
  /** The starts and ends of cells are places in `bytes` after adding this number. */
  base = 0;
  /** Where in `numbers` the cell of each path begins; equal paths share one. */
  readonly offsets: Int32Array;
  readonly #skim: Exports["skim"];
  readonly #cellCount: number;
  /** All memory of the instance, which never grows. */
  readonly #memory: Uint8Array;
  readonly #records: number;
  #bytes = new Uint8Array(0);
  #bytesEnd = 0;
  /** The memory has `bytes[loadedFrom..loadedTo)`. */
  #loadedFrom = 0;
  #loadedTo = 0;

  /** Undefined if a path has other steps than names and indexes, or if the paths are too many or too long. */
  static of(paths: readonly (readonly JsonStep[] | undefined)[]): JsonSkimmer | undefined {
    const plain = paths.filter((steps) => steps !== undefined);
    if (plain.length < paths.length || !plain.every((steps) => JsonPlan.canHave(steps))) return undefined;
    const exports = instantiate();
    const { PLAN, MAX_CELLS, MAX_PLAN_BYTES, MAX_DEPTH } = exports;
    const plan = new JsonPlan(plain, PLAN.value);
    const isSmall = plan.cellCount <= MAX_CELLS.value && plan.bytes.length <= MAX_PLAN_BYTES.value &&
      plan.depth < MAX_DEPTH.value;
    return isSmall ? new JsonSkimmer(exports, plan) : undefined;
  }

  private constructor(exports: Exports, plan: JsonPlan) {
    const { memory, skim, CELLS, MAX_CELLS, PLAN, RECORDS, MAX_RECORD_BYTES } = exports;
    this.maxRecordBytes = MAX_RECORD_BYTES.value;
    this.offsets = Int32Array.from(plan.cells, (cell) => cell * CELL_NUMBERS);
    this.#skim = skim;
    this.#cellCount = plan.cellCount;
    this.#memory = new Uint8Array(memory.buffer);
    this.#memory.set(plan.bytes, PLAN.value);
    this.numbers = new Int32Array(memory.buffer, CELLS.value, MAX_CELLS.value * CELL_NUMBERS);
    this.#records = RECORDS.value;
  }

  /** The next records are in `bytes`, and end at `end` at the latest. The bytes do not change up to the last of them. */
  begin(bytes: Uint8Array, end: number): void {
    this.#bytes = bytes as Uint8Array<ArrayBuffer>;
    this.#bytesEnd = Math.min(end, bytes.length);
    this.#loadedTo = -1;
  }

  /** Skims the record `bytes[start..end)`, at most `maxRecordBytes` long; returns one of SKIMMED. O(bytes). */
  skim(start: number, end: number): number {
    if (start < this.#loadedFrom || end > this.#loadedTo) this.#load(start, end);
    return this.#skim(start - this.base, end - this.base, this.#cellCount);
  }

  /** Loads a record together with those behind it, because a copy of each costs as much as skimming it. */
  #load(start: number, end: number): void {
    this.#loadedFrom = start;
    this.#loadedTo = Math.max(end, Math.min(this.#bytesEnd, start + BLOCK_BYTES));
    this.#memory.set(this.#bytes.subarray(start, this.#loadedTo), this.#records);
    this.base = start - this.#records;
  }
}

function instantiate(): Exports {
  const binary = Uint8Array.from(atob(jsonSkimWasm), (character) => character.charCodeAt(0));
  return new WebAssembly.Instance(new WebAssembly.Module(binary)).exports as unknown as Exports;
}
