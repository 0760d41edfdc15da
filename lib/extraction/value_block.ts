// ValueBlock finds what the paths of a configuration lead to in a block of records, in one pass over each value.

import { FoundValues, VALUE } from "../formats/found_values.ts";
import type { WantedValue } from "../formats/json/selected_values.ts";
import type { Records } from "../records/records.ts";
import { COUNTED, faultState } from "./row_state.ts";
import type { ValueReader } from "./value_reader.ts";

const INITIAL_ROWS = 256;
const TOO_LARGE = faultState("too_large");

/** The different paths of a configuration. */
export class WantedPaths {
  readonly values: WantedValue[] = [];

  /** Returns the index of the path among the found values. */
  add(path: string, { elements = false, inMilliseconds = false }: Partial<WantedValue> = {}): number {
    const known = this.values.findIndex((value) =>
      value.path === path && value.elements === elements && value.inMilliseconds === inMilliseconds
    );
    return known >= 0 ? known : this.values.push({ path, elements, inMilliseconds }) - 1;
  }
}

/** Row 0 is the record with the index `from`. */
export class ValueBlock {
  readonly found: FoundValues;
  from = 0;
  /** By row: the state of a record whose value cannot be read, otherwise COUNTED. */
  states: Uint8Array = new Uint8Array(INITIAL_ROWS);
  readonly #values: ValueReader;
  readonly #maxRecordBytes: number;
  readonly #checksSizes: boolean;

  constructor(values: ValueReader, { maxRecordBytes }: { readonly maxRecordBytes: number }) {
    this.found = new FoundValues(values.width);
    this.#values = values;
    this.#maxRecordBytes = maxRecordBytes;
    this.#checksSizes = maxRecordBytes < Infinity;
  }

  /** Reads the records `from <= i < to`. A null value is read and has nothing. O(bytes). */
  read(records: Records, from: number, to: number): void {
    const { bytes, valueStarts } = records;
    const { found } = this;
    const rows = to - from;
    this.from = from;
    if (this.states.length < rows) this.states = new Uint8Array(rows * 2);
    found.reset(bytes, rows);
    this.#values.begin(records, from, to);
    for (let row = 0; row < rows; row++) {
      const start = valueStarts[from + row];
      let state = COUNTED;
      if (start < 0) this.#clear(row);
      else if (this.#checksSizes && records.sizeBytes(from + row) > this.#maxRecordBytes) state = TOO_LARGE;
      else state = this.#values.read(records, from + row, found, row);
      this.states[row] = state;
    }
  }

  #clear(row: number): void {
    for (let path = 0; path < this.found.width; path++) this.found.set(row, path, VALUE.nothing);
  }
}
