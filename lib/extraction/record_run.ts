// A RecordRun is a run of records with what has been found in their values. Conditions and texts are read from it.

import { FoundValues } from "../formats/found_values.ts";
import { Records } from "../records/records.ts";
import { COUNTED } from "./row_state.ts";

const INITIAL_ROWS = 256;

/** A row is the number of a record in the block whose values have been found together. */
export class RecordRun {
  records: Records = new Records();
  readonly found: FoundValues;
  /** The index of the record in row 0. */
  base = 0;
  firstRow = 0;
  /** The row after the last one of the run. */
  endRow = 0;
  /** By row, see row_state.ts. */
  states: Uint8Array = new Uint8Array(INITIAL_ROWS);

  constructor(found: FoundValues) {
    this.found = found;
  }

  /** The number of records. */
  get length(): number {
    return this.endRow - this.firstRow;
  }

  /** Takes the records `from <= i < to` of a block that begins at `base`; `states` are those of the block, if any. */
  begin(
    records: Records,
    { base, from, to, states }: {
      readonly base: number;
      readonly from: number;
      readonly to: number;
      readonly states: Uint8Array | undefined;
    },
  ): void {
    this.records = records;
    this.base = base;
    this.firstRow = from - base;
    this.endRow = to - base;
    if (this.states.length < this.endRow) this.states = new Uint8Array(this.endRow * 2);
    if (states === undefined) this.states.fill(COUNTED, this.firstRow, this.endRow);
    else this.states.set(states.subarray(this.firstRow, this.endRow), this.firstRow);
  }

  /** How many records are before this row; at least 1 of several, so that a shorter run has one. */
  countBefore(row: number): number {
    return Math.max(row - this.firstRow, this.length > 1 ? 1 : 0);
  }
}
