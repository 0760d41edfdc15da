// The rules that say what is counted of a record, as the configuration states them. A path is text in the syntax of
// JsonPath.

export type ValueFormat = "text" | "json" | "avro" | "protobuf";

export interface ReadingRules {
  /** The format of values. Paths need another one than text. */
  readonly format: ValueFormat;
  /** Where the event time is, if it is in the value. */
  readonly timestamp?: TimestampRule | undefined;
  /** A record counts if all of them hold. */
  readonly where: readonly ConditionRule[];
  /** The texts that become words. */
  readonly from: TextRule;
  readonly keyFormat: KeyFormat;
  /** In this order, in each text. */
  readonly replace: readonly ReplacementRule[];
  /** The path of the number by which each word of the record counts; undefined: by 1. */
  readonly weight?: string | undefined;
  /** A larger record is skipped. */
  readonly maxRecordBytes: number;
}

export interface TimestampRule {
  readonly path: string;
  readonly format: "unix_ms" | "unix" | "rfc3339";
}

/** `fields`: what they lead to, joined, is one word. */
export type TextRule =
  | { readonly kind: "value" | "key" }
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "field"; readonly path: string }
  | { readonly kind: "fields"; readonly paths: readonly string[]; readonly joiner: string };

export type KeyFormat = "text" | "int32" | "int64" | "uuid" | "hex";

export interface ReplacementRule {
  readonly pattern: string;
  /** With the references of String.prototype.replace. */
  readonly with: string;
}

export interface ConditionRule {
  readonly subject: SubjectRule;
  readonly test: TestRule;
}

export type SubjectRule =
  | { readonly kind: "field"; readonly path: string }
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "key" };

export type Scalar = string | number | boolean;

/** `not_in` holds where no value of the subject is one of these, also without a subject. */
export type TestRule =
  | { readonly kind: "in" | "not_in"; readonly values: readonly Scalar[] }
  | { readonly kind: "range"; readonly min: number; readonly max: number }
  | { readonly kind: "matches"; readonly pattern: string }
  | { readonly kind: "exists"; readonly exists: boolean };
