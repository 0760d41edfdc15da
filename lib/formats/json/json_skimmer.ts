// Finds a value in JSON records without parsing them. WebAssembly does the work; json_skim.as explains why its answers are
// those of JSON.parse.

import { jsonSkimWasm } from "./json_skim_wasm.ts";

/** The content of a record: `string` has no escapes, `other` is any other value. */
export const SKIMMED = { invalid: 0, nothing: 1, string: 2, other: 3, undecided: 4 } as const;

const VALUE_START = 0;
const VALUE_END = 1;
const LENGTH_BYTES = 4;
/** Room for the names and their lengths. */
const MAX_NAMES_BYTES = 4088;
const REPLACEMENT_CHARACTER = "\ufffd";

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly skim: (length: number, depth: number) => number;
  readonly NAMES: { readonly value: number };
  readonly RECORD: { readonly value: number };
  readonly MAX_RECORD_BYTES: { readonly value: number };
}

const encoder = new TextEncoder();

export class JsonSkimmer {
  /** The longest record that can be skimmed. */
  readonly maxRecordBytes: number;
  /** Where the value begins in the bytes last skimmed; a string's quotes are part of it. */
  valueStart = -1;
  valueEnd = -1;
  readonly #skim: Exports["skim"];
  readonly #depth: number;
  /** All memory of the instance, which never grows. */
  readonly #memory: Uint8Array;
  readonly #bounds: Int32Array;
  readonly #record: number;

  /** Whether these names can be looked for. A name with U+FFFD may stand for bytes that are not UTF-8. */
  static canFind(names: readonly string[]): boolean {
    const bytes = names.reduce((sum, name) => sum + LENGTH_BYTES + encoder.encode(name).length, 0);
    const arePlain = names.every((name) => name.isWellFormed() && !name.includes(REPLACEMENT_CHARACTER));
    return arePlain && bytes <= MAX_NAMES_BYTES;
  }

  /** `names`: member names from the root on, empty for the root itself; `canFind` accepts them. */
  constructor(names: readonly string[]) {
    const { memory, skim, NAMES, RECORD, MAX_RECORD_BYTES } = instantiate();
    this.maxRecordBytes = MAX_RECORD_BYTES.value;
    this.#skim = skim;
    this.#depth = names.length;
    this.#memory = new Uint8Array(memory.buffer);
    this.#bounds = new Int32Array(memory.buffer);
    this.#record = RECORD.value;
    const view = new DataView(memory.buffer);
    let at = NAMES.value;
    for (const name of names.map((name) => encoder.encode(name))) {
      view.setUint32(at, name.length, true);
      this.#memory.set(name, at + LENGTH_BYTES);
      at += LENGTH_BYTES + name.length;
    }
  }

  /**
   * Skims the record `bytes[start..end)`, at most `maxRecordBytes` long; returns one of SKIMMED. `undecided` means that
   * only JSON.parse can tell. O(bytes).
   */
  skim(bytes: Uint8Array, start: number, end: number): number {
    this.#memory.set(bytes.subarray(start, end), this.#record);
    const skimmed = this.#skim(end - start, this.#depth);
    this.valueStart = start + this.#bounds[VALUE_START];
    this.valueEnd = start + this.#bounds[VALUE_END];
    return skimmed;
  }
}

function instantiate(): Exports {
  const binary = Uint8Array.from(atob(jsonSkimWasm), (character) => character.charCodeAt(0));
  return new WebAssembly.Instance(new WebAssembly.Module(binary)).exports as unknown as Exports;
}
