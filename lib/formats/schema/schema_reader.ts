// The readers of values whose format has a schema.

import type { FoundValues } from "../found_values.ts";

/** Reads the values of one schema. */
export interface SchemaReader {
  /**
   * Finds the values of the record `bytes[start..end)` and sets the cells of a row of `found`; false if the bytes are no
   * value of the schema. O(bytes).
   */
  read(bytes: Uint8Array, start: number, end: number, found: FoundValues, row: number): boolean;
}
