// ValueBlock finds what the paths of a configuration lead to in a block of records, in one pass over each value.

import { FoundValues, VALUE } from "../formats/found_values.ts";
import { JsonValues, type WantedValue } from "../formats/json/json_values.ts";
import type { Records } from "../records/records.ts";
import { COUNTED, faultState } from "./row_state.ts";

const INITIAL_ROWS = 256;
const INVALID_JSON = faultState("invalid_json");
const TOO_LARGE = faultState("too_large");

/** The different paths of a configuration. */
export class WantedPaths {
  readonly values: WantedValue[] = [];

  /** Returns the index of the path among the found values. */
  add(path: string, options: { readonly elements: boolean } = { elements: false }): number {
    const known = this.values.findIndex((value) =>
      value.path === path && value.elements === options.elements
    );
    return known >= 0 ? known : this.values.push({ path, ...options }) - 1;
  }
}

/** Row 0 is the record with the index `from`. */
export class ValueBlock {
  readonly found: FoundValues;
  from = 0;
  /** By row: the state of a record whose value cannot be read, otherwise COUNTED. */
  states: Uint8Array = new Uint8Array(INITIAL_ROWS);
  readonly #json: JsonValues;
  readonly #maxRecordBytes: number;
  readonly #checksSizes: boolean;

  /** @throws {SyntaxError} for an invalid path */
  constructor({ values }: WantedPaths, { maxRecordBytes }: { readonly maxRecordBytes: number }) {
    this.found = new FoundValues(values.length);
    this.#json = new JsonValues(values);
    this.#maxRecordBytes = maxRecordBytes;
    this.#checksSizes = maxRecordBytes < Infinity;
  }

  /** Reads the records `from <= i < to`. A null value is read and has nothing. O(bytes). */
  read(records: Records, from: number, to: number): void {
    const { bytes, valueStarts, valueEnds } = records;
    const { found } = this;
    const rows = to - from;
    this.from = from;
    if (this.states.length < rows) this.states = new Uint8Array(rows * 2);
    found.reset(bytes, rows);
    this.#json.begin(bytes, lastValueEnd(records, from, to));
    for (let row = 0; row < rows; row++) {
      const start = valueStarts[from + row];
      let state = COUNTED;
      if (start < 0) this.#clear(row);
      else if (this.#checksSizes && records.sizeBytes(from + row) > this.#maxRecordBytes) state = TOO_LARGE;
      else if (!this.#json.read(start, valueEnds[from + row], found, row)) state = INVALID_JSON;
      this.states[row] = state;
    }
  }

  #clear(row: number): void {
    for (let path = 0; path < this.found.width; path++) this.found.set(row, path, VALUE.nothing);
  }
}

/** The end of the last value that is not null; -1 for none. */
function lastValueEnd({ valueEnds }: Records, from: number, to: number): number {
  let last = to - 1;
  while (last > from && valueEnds[last] < 0) last--;
  return valueEnds[last];
}
