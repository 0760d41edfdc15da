// Finds the schema and the value of a record in Confluent's wire format. The schema is named before the value, or in a
// header: by a zero byte and a number of four bytes, or by a byte of 1 and a UUID.

import { HeaderSearch } from "../../records/record_headers.ts";
import type { Records } from "../../records/records.ts";
import { uuidText } from "./uuid_text.ts";
import type { SchemaKey, ValuePlace } from "./value_schema.ts";

const HEADER = "__value_schema_id";
const NUMBERED = 0;
const NUMBER_BYTES = 5;
const WITH_UUID = 1;
const UUID_BYTES = 17;
const NOTHING = new Uint8Array(0);

/** One object serves for all records. */
export class SchemaFrame implements ValuePlace {
  key: SchemaKey = -1;
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  indexesStart = -1;
  indexesEnd = -1;
  readonly #header = new HeaderSearch(HEADER);
  /** The last UUID: most records have the same. */
  #uuidText = "";
  readonly #uuid = new Uint8Array(UUID_BYTES);

  /** Reads the frame of a record whose value is not null; false if there is none. */
  read(records: Records, index: number): boolean {
    const { bytes, valueStarts, valueEnds, headerStarts, headerEnds } = records;
    this.bytes = bytes;
    this.end = valueEnds[index];
    this.indexesStart = -1;
    const outcome = this.#header.find(bytes, headerStarts[index], headerEnds[index]);
    if (outcome === "damaged") return false;
    const { valueStart, valueEnd } = this.#header;
    if (outcome === "none" || valueStart < 0) {
      this.start = this.#readKey(valueStarts[index], this.end);
      return this.start >= 0;
    }
    this.start = valueStarts[index];
    this.indexesStart = this.#readKey(valueStart, valueEnd);
    this.indexesEnd = valueEnd;
    return this.indexesStart >= 0;
  }

  /** Reads the key at `start`; returns the place after it, -1 for none. */
  #readKey(start: number, end: number): number {
    const { bytes } = this;
    const length = end - start;
    if (length >= NUMBER_BYTES && bytes[start] === NUMBERED) {
      const at = start + 1;
      this.key = (bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]) >>> 0;
      return start + NUMBER_BYTES;
    }
    if (length < UUID_BYTES || bytes[start] !== WITH_UUID) return -1;
    this.key = this.#uuidAt(start);
    return start + UUID_BYTES;
  }

  #uuidAt(start: number): string {
    for (let i = 0; i < UUID_BYTES; i++) {
      if (this.#uuid[i] === this.bytes[start + i]) continue;
      this.#uuid.set(this.bytes.subarray(start, start + UUID_BYTES));
      this.#uuidText = uuidText(this.bytes, start + 1);
      break;
    }
    return this.#uuidText;
  }
}
