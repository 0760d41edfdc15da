// The readers of values, one for each format: they find what paths lead to in the value of a record.

import type { FoundValues } from "../formats/found_values.ts";
import { JsonValues } from "../formats/json/json_values.ts";
import type { WantedValue } from "../formats/json/selected_values.ts";
import { SchemaFrame } from "../formats/schema/schema_frame.ts";
import type { SchemaLookup, SchemaSource, ValuePlace, ValueSchema } from "../formats/schema/value_schema.ts";
import { WantedPlan } from "../formats/schema/wanted_plan.ts";
import type { Records } from "../records/records.ts";
import type { RecordSkipReason } from "../records/skip_reason.ts";
import type { ValueFormat } from "./reading_rules.ts";
import type { SchemaWait } from "./record_texts.ts";
import { COUNTED, faultState } from "./row_state.ts";

const INVALID: Readonly<Record<Exclude<ValueFormat, "text">, RecordSkipReason>> = {
  json: "invalid_json",
  avro: "invalid_avro",
  protobuf: "invalid_protobuf",
};
const INVALID_JSON = faultState("invalid_json");
const UNKNOWN_SCHEMA = faultState("unknown_schema");

export interface ValueReader {
  /** The number of paths. */
  readonly width: number;
  /** Undefined if no schema has to be fetched. */
  readonly schemas: SchemaWait | undefined;
  /** The next records are `from <= i < to`. They do not change up to the last of them. */
  begin(records: Records, from: number, to: number): void;
  /** Sets the cells of a row to the values of a record that is not null; returns the state of the record. */
  read(records: Records, index: number, found: FoundValues, row: number): number;
}

/** @throws {SyntaxError} for an invalid path */
export function makeValueReader(
  format: Exclude<ValueFormat, "text">,
  values: readonly WantedValue[],
  schemas: SchemaSource | undefined,
): ValueReader {
  if (format === "json") return new JsonReader(values);
  if (schemas === undefined) throw new TypeError(`values in ${format} need schemas`);
  const plan = new WantedPlan(values);
  const parts = { width: values.length, invalid: faultState(INVALID[format]) };
  return schemas.kind === "file"
    ? new PlainReader({ ...parts, schema: schemas.open(plan) })
    : new FramedReader({ ...parts, schemas: schemas.open(plan) });
}

class JsonReader implements ValueReader {
  readonly schemas = undefined;
  readonly width: number;
  readonly #json: JsonValues;

  constructor(values: readonly WantedValue[]) {
    this.width = values.length;
    this.#json = new JsonValues(values);
  }

  begin(records: Records, from: number, to: number): void {
    this.#json.begin(records.bytes, lastValueEnd(records, from, to));
  }

  read({ valueStarts, valueEnds }: Records, index: number, found: FoundValues, row: number): number {
    return this.#json.read(valueStarts[index], valueEnds[index], found, row) ? COUNTED : INVALID_JSON;
  }
}

/** Values of one schema, and nothing before them. */
class PlainReader implements ValueReader {
  readonly schemas = undefined;
  readonly width: number;
  readonly #schema: ValueSchema;
  readonly #invalid: number;
  readonly #place: { -readonly [Key in keyof ValuePlace]: ValuePlace[Key] } = {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    indexesStart: -1,
    indexesEnd: -1,
  };

  constructor({ width, invalid, schema }: {
    readonly width: number;
    readonly invalid: number;
    readonly schema: ValueSchema;
  }) {
    this.width = width;
    this.#invalid = invalid;
    this.#schema = schema;
  }

  begin(): void {}

  read({ bytes, valueStarts, valueEnds }: Records, index: number, found: FoundValues, row: number): number {
    const place = this.#place;
    place.bytes = bytes;
    place.start = valueStarts[index];
    place.end = valueEnds[index];
    return this.#schema.read(place, found, row) ? COUNTED : this.#invalid;
  }
}

/** Values in Confluent's wire format, whose schemas are in a registry. */
class FramedReader implements ValueReader, SchemaWait {
  readonly schemas = this;
  readonly width: number;
  readonly #lookup: SchemaLookup;
  readonly #invalid: number;
  readonly #frame = new SchemaFrame();

  constructor({ width, invalid, schemas }: {
    readonly width: number;
    readonly invalid: number;
    readonly schemas: SchemaLookup;
  }) {
    this.width = width;
    this.#invalid = invalid;
    this.#lookup = schemas;
  }

  get arrivals(): number {
    return this.#lookup.arrivals;
  }

  /** The schemas of all of them are asked for, so that records with different ones wait together. */
  readableUntil(records: Records, from: number, to: number): number {
    let until = to;
    for (let index = from; index < to; index++) {
      const isFramed = records.valueStarts[index] >= 0 && !records.isAbsent(index) &&
        this.#frame.read(records, index);
      if (isFramed && this.#lookup.find(this.#frame.key) === undefined) until = Math.min(until, index);
    }
    return until;
  }

  begin(): void {}

  read(records: Records, index: number, found: FoundValues, row: number): number {
    if (!this.#frame.read(records, index)) return this.#invalid;
    const schema = this.#lookup.known(this.#frame.key);
    if (schema === "unknown") return UNKNOWN_SCHEMA;
    if (schema === "unusable") return this.#invalid;
    if (schema === undefined) throw new TypeError("a record is read before its schema is known");
    return schema.read(this.#frame, found, row) ? COUNTED : this.#invalid;
  }
}

/** The end of the last value that is not null; -1 for none. */
function lastValueEnd({ valueEnds }: Records, from: number, to: number): number {
  let last = to - 1;
  while (last > from && valueEnds[last] < 0) last--;
  return valueEnds[last];
}
