// Finds in JSON records what paths lead to. Paths of names and indexes are skimmed, all of them in one pass and without
// parsing; a parser runs on other records and paths, with the same answers.

import { type FoundValues, VALUE } from "../found_values.ts";
import { parseSalted, unsalted } from "../../text/salted_json.ts";
import { CELL, JSON_KIND, JsonSkimmer, SKIMMED } from "./json_skimmer.ts";
import {
  parsePaths,
  type SelectedPath,
  setSelected,
  unsaltedList,
  type WantedValue,
} from "./selected_values.ts";

/** A value in Confluent's wire format begins with a zero and a schema id of four bytes. No JSON begins with a zero. */
const FRAME_BYTES = 5;

// The loop's constants are declared here, because V8 does not fold imported ones.
const { string: STRING, number: NUMBER, object: OBJECT, array: ARRAY } = JSON_KIND;
const { text: TEXT, number: NUMBER_VALUE } = VALUE;
const { kind: KIND, start: START, end: END } = CELL;
const { valid: VALID, invalid: INVALID } = SKIMMED;

/** The kinds of cells by JSON_KIND, where both say the same. */
const KINDS = [
  VALUE.nothing,
  VALUE.text,
  VALUE.number,
  VALUE.true,
  VALUE.false,
  VALUE.null,
  VALUE.composite,
] as const;

/** The first byte of the JSON text in `bytes[start..end)`: after a frame, if there is one. */
export function jsonStart(bytes: Uint8Array, start: number, end: number): number {
  return bytes[start] === 0 && end - start >= FRAME_BYTES ? start + FRAME_BYTES : start;
}

export class JsonValues {
  readonly #wanted: readonly SelectedPath[];
  readonly #skimmer: JsonSkimmer | undefined;
  #bytes = new Uint8Array(0);

  /** @throws {SyntaxError} if a path is none */
  constructor(wanted: readonly WantedValue[]) {
    this.#wanted = parsePaths(wanted);
    this.#skimmer = JsonSkimmer.of(this.#wanted.map(({ path }) => path.steps));
  }

  /** The next records are in `bytes`, and end at `end` at the latest. The bytes do not change up to the last of them. */
  begin(bytes: Uint8Array, end: number): void {
    this.#bytes = bytes as Uint8Array<ArrayBuffer>;
    this.#skimmer?.begin(bytes, end);
  }

  /**
   * Finds the values of the record `bytes[start..end)` and sets the cells of a row of `found`, which has as many paths;
   * false if the record is not JSON. O(bytes).
   */
  read(start: number, end: number, found: FoundValues, row: number): boolean {
    const bytes = this.#bytes;
    const from = jsonStart(bytes, start, end);
    const skimmer = this.#skimmer;
    if (skimmer === undefined || end - from > skimmer.maxRecordBytes) {
      return this.#parse(bytes, from, end, found, row);
    }
    const skimmed = skimmer.skim(from, end);
    if (skimmed === INVALID) return false;
    if (skimmed !== VALID) return this.#parse(bytes, from, end, found, row);
    const { numbers, offsets, base } = skimmer;
    for (let path = 0; path < offsets.length; path++) {
      const cell = offsets[path];
      const kind = numbers[cell + KIND];
      const valueStart = base + numbers[cell + START];
      const valueEnd = base + numbers[cell + END];
      if (kind === STRING) {
        found.setPlace(row, path, TEXT, valueStart + 1, valueEnd - 1);
      } else if (kind === NUMBER) {
        found.setPlace(row, path, NUMBER_VALUE, valueStart, valueEnd);
      } else if (kind <= OBJECT) found.set(row, path, KINDS[kind]);
      else this.#setOther(kind, bytes.subarray(valueStart, valueEnd), found, row, path);
    }
    return true;
  }

  /** Sets a cell to an array or a string with escapes. */
  #setOther(kind: number, json: Uint8Array, found: FoundValues, row: number, path: number): void {
    if (kind === ARRAY && !this.#wanted[path].elements) {
      found.set(row, path, VALUE.composite);
      return;
    }
    const value = parseSalted(json);
    if (typeof value === "string") found.setMade(row, path, VALUE.text, unsalted(value));
    else found.setList(row, path, unsaltedList(value as unknown[]));
  }

  #parse(bytes: Uint8Array, start: number, end: number, found: FoundValues, row: number): boolean {
    let root: unknown;
    try {
      root = parseSalted(bytes.subarray(start, end));
    } catch (error) {
      if (error instanceof SyntaxError) return false;
      throw error;
    }
    setSelected(root, this.#wanted, { found, row });
    return true;
  }
}
