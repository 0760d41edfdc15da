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

/** A cell has these numbers. Places count from the beginning of the record; a string's quotes are part of it. */
export const CELL = { kind: 0, start: 1, end: 2 } as const;
const CELL_NUMBERS = 3;

const ADDRESSES = [
  "CELLS",
  "MAX_CELLS",
  "PLAN",
  "MAX_PLAN_BYTES",
  "MAX_DEPTH",
  "RECORD",
  "MAX_RECORD_BYTES",
] as const;

interface Exports extends Readonly<Record<typeof ADDRESSES[number], { readonly value: number }>> {
  readonly memory: WebAssembly.Memory;
  readonly skim: (length: number, cells: number) => number;
}

export class JsonSkimmer {
  /** The longest record that can be skimmed. */
  readonly maxRecordBytes: number;
  /** The cells, for the record last skimmed. */
  readonly numbers: Int32Array;
  /** Where in `numbers` the cell of each path begins; equal paths share one. */
  readonly offsets: Int32Array;
  readonly #skim: Exports["skim"];
  readonly #cellCount: number;
  /** All memory of the instance, which never grows. */
  readonly #memory: Uint8Array;
  readonly #record: number;

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
    const { memory, skim, CELLS, MAX_CELLS, PLAN, RECORD, MAX_RECORD_BYTES } = exports;
    this.maxRecordBytes = MAX_RECORD_BYTES.value;
    this.offsets = Int32Array.from(plan.cells, (cell) => cell * CELL_NUMBERS);
    this.#skim = skim;
    this.#cellCount = plan.cellCount;
    this.#memory = new Uint8Array(memory.buffer);
    this.#memory.set(plan.bytes, PLAN.value);
    this.numbers = new Int32Array(memory.buffer, CELLS.value, MAX_CELLS.value * CELL_NUMBERS);
    this.#record = RECORD.value;
  }

  /** Skims the record `bytes[start..end)`, at most `maxRecordBytes` long; returns one of SKIMMED. O(bytes). */
  skim(bytes: Uint8Array, start: number, end: number): number {
    this.#memory.set(bytes.subarray(start, end), this.#record);
    return this.#skim(end - start, this.#cellCount);
  }
}

function instantiate(): Exports {
  const binary = Uint8Array.from(atob(jsonSkimWasm), (character) => character.charCodeAt(0));
  return new WebAssembly.Instance(new WebAssembly.Module(binary)).exports as unknown as Exports;
}
