// The interfaces through which records are read whose format has a schema.

import type { FoundValues } from "../found_values.ts";
import type { WantedPlan } from "./wanted_plan.ts";

/** Where a value is, and where the numbers are that choose a message of its schema. */
export interface ValuePlace {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Message indexes in a header; -1 where they stand before the value, if the format has them. */
  readonly indexesStart: number;
  readonly indexesEnd: number;
}

/** Reads the values of one schema. */
export interface ValueSchema {
  /** Finds the values of a record and sets the cells of a row of `found`; false if the bytes are no value of the schema. */
  read(place: ValuePlace, found: FoundValues, row: number): boolean;
}

/** A schema that is kept in memory. */
export interface KeptSchema extends ValueSchema {
  /** An upper estimate of its memory. */
  readonly sizeBytes: number;
}

/** A schema as text, with the schemas that it refers to: each one after those that it refers to itself. */
export interface SchemaText {
  readonly text: string;
  readonly references: readonly { readonly name: string; readonly text: string }[];
}

/** A format whose values have schemas. */
export interface SchemaFormat {
  /** The name that registries give it. */
  readonly registryType: "AVRO" | "PROTOBUF";
  /** @throws {SyntaxError} that says why the schema cannot be used */
  compile(schema: SchemaText, plan: WantedPlan): KeptSchema;
}

/** A schema is known by its number or its UUID. */
export type SchemaKey = number | string;

/** `unknown`: the registry does not have it; `unusable`: no value can be read with it. */
export type KnownSchema = ValueSchema | "unknown" | "unusable";

/** The schemas of records, which may have to be fetched first. A known one stays known until the event loop turns. */
export interface SchemaLookup {
  /** Grows whenever an answer has arrived. */
  readonly arrivals: number;
  /** Undefined while the schema is not known; then this asks for it, too. */
  find(key: SchemaKey): KnownSchema | undefined;
  /** As `find`, without asking. */
  known(key: SchemaKey): KnownSchema | undefined;
}

/** The source of the schemas of all values: one schema, or a registry. */
export type SchemaSource =
  | { readonly kind: "file"; open(plan: WantedPlan): ValueSchema }
  | { readonly kind: "registry"; open(plan: WantedPlan): SchemaLookup };
