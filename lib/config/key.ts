// This file defines the kinds of keys in a configuration, such as durations, sizes and paths of files. Each kind is a
// zod schema with properties that zod does not have (KeyTraits), such as the unit of a number.

import { z } from "zod";
import { durationPattern, parseDuration } from "../text/duration.ts";
import { parseSize, sizePattern } from "../text/size.ts";

/** Properties of a key that zod does not have. */
export interface KeyTraits {
  /** The end of the sentence "is X, wanted …". */
  readonly wanted: string;
  /** The value is a number, written as text with a unit. */
  readonly unit?: "duration" | "size";
  /** Never shown, also not in messages. */
  readonly secret?: true;
  /** The value is the path of a file that is read with the configuration. */
  readonly file?: FileContent;
}

/** The content of a file. A token expires, so it is read again later. */
export type FileContent =
  | "certificates"
  | "private key"
  | "password"
  | "password or hash"
  | "token"
  | "schema";

const traitsOf = z.registry<KeyTraits>();

function withTraits<T extends z.ZodType>(schema: T, traits: KeyTraits): T {
  traitsOf.add(schema, traits);
  return schema;
}

/** The kind of a key, without defaults, optionality and transforms around it. */
export function kindOf(schema: z.ZodType): z.ZodType {
  let kind: z.core.$ZodType = schema;
  while (traitsOf.get(kind as z.ZodType) === undefined) {
    if (kind instanceof z.ZodPipe) kind = kind.in;
    else if (kind instanceof z.ZodOptional || kind instanceof z.ZodPrefault) kind = kind.unwrap();
    else break;
  }
  return kind as z.ZodType;
}

/** The traits of a key's kind; none for mappings and lists. */
export function traits(schema: z.ZodType): KeyTraits | undefined {
  return traitsOf.get(kindOf(schema));
}

/** Whether the value of a key is text. */
export function isText(schema: z.ZodType): boolean {
  return kindOf(schema) instanceof z.ZodString;
}

/** Whether the value of a key, or of a key right below it, is never shown. */
export function isSecret(schema: z.ZodType): boolean {
  const kind = kindOf(schema);
  if (traits(schema)?.secret) return true;
  return kind instanceof z.ZodObject &&
    Object.values(kind.shape).some((child) => traits(child as z.ZodType)?.secret);
}

/** Whether the value of a key is a number, written as text with a unit. */
export function hasUnit(schema: z.ZodType): boolean {
  return traits(schema)?.unit !== undefined;
}

/** The value of an absent key, as written in a file; undefined for none. */
export function defaultOf(schema: z.ZodType): unknown {
  return schema instanceof z.ZodPrefault ? structuredClone(schema.def.defaultValue) : undefined;
}

/** The schema of a key or list index below `schema`; undefined for an unknown one. */
export function childOf(schema: z.ZodType, name: string | number): z.ZodType | undefined {
  const kind = kindOf(schema);
  if (kind instanceof z.ZodArray) return typeof name === "number" ? kind.element as z.ZodType : undefined;
  if (kind instanceof z.ZodRecord) {
    return (kind.keyType as z.ZodType).safeParse(name).success ? kind.valueType as z.ZodType : undefined;
  }
  if (!(kind instanceof z.ZodObject) || !Object.hasOwn(kind.shape, name)) return undefined;
  return kind.shape[name] as z.ZodType;
}

/** The end of the sentence "is X, wanted …" for the names of a mapping of texts. */
export function nameWanted({ keyType }: z.ZodRecord): string {
  return traitsOf.get(keyType as z.ZodType)?.wanted ?? "another name";
}

/** The end of the sentence "is X, wanted …" for any key. */
export function wanted(schema: z.ZodType): string {
  const kind = kindOf(schema);
  if (kind instanceof z.ZodArray) return `a list, each item ${wanted(kind.element as z.ZodType)}`;
  if (kind instanceof z.ZodObject) return `a mapping with keys such as ${Object.keys(kind.shape)[0]}`;
  return traitsOf.get(kind)?.wanted ?? "nothing here";
}

/** Text of 1 to `max` UTF-16 units. `wanted` names it, with its article. */
export function text(wanted: string, options: { max: number }): z.ZodString {
  return withTraits(z.string().min(1).max(options.max), { wanted });
}

/** Text of 1 to `max` UTF-16 units that is never shown. */
export function secretText(wanted: string, options: { max: number }): z.ZodString {
  return withTraits(z.string().min(1).max(options.max), { wanted, secret: true });
}

/** The path of a file that is read with the configuration. */
export function filePath(file: FileContent): z.ZodString {
  return withTraits(z.string().min(1).max(4096), { wanted: "the path of a file", file });
}

/** The name of a job, a group or a task. */
export function nameText(): z.ZodString {
  return textThat("a name of 1 to 200 characters", (text) => text.length <= 200 && !/\p{Cc}/u.test(text));
}

/** Text that `accepts` returns true for. */
export function textThat(wanted: string, accepts: (text: string) => boolean): z.ZodString {
  const schema = z.string().min(1).superRefine((value, { issues }) => {
    if (!accepts(value)) issues.push({ code: "invalid_format", format: "text", input: value });
  });
  return withTraits(schema, { wanted });
}

/** A mapping of names that the user chooses to texts. `wanted` names it in the plural. */
export function textMap(
  wanted: string,
  { name, value, max }: {
    readonly name: z.ZodString;
    readonly value: z.ZodString;
    readonly max: number;
  },
): z.ZodRecord<z.ZodString, z.ZodString> {
  const schema = z.record(name, value).superRefine((given, { issues }) => {
    const count = Object.keys(given).length;
    if (count <= max) return;
    issues.push({ code: "custom", message: `has ${count} names, wanted ${max} at most`, input: given });
  });
  return withTraits(schema, { wanted: `a mapping: ${wanted} by name, each ${traitsOf.get(value)?.wanted}` });
}

export function oneOf<const T extends readonly [string, ...string[]]>(
  ...values: T
): z.ZodEnum<{ [K in T[number]]: K }> {
  const last = values[values.length - 1];
  const wanted = values.length < 2 ? last : `${values.slice(0, -1).join(", ")} or ${last}`;
  return withTraits(z.enum(values) as z.ZodEnum<{ [K in T[number]]: K }>, { wanted });
}

/** Text of any length up to `max` UTF-16 units, also none. */
export function textUpTo(max: number): z.ZodString {
  return withTraits(z.string().max(max), { wanted: "text" });
}

export type Scalar = string | number | boolean;

/** Text, a number, true or false, as YAML reads it. */
export function scalar(): z.ZodPipe<z.ZodUnknown, z.ZodTransform<Scalar, unknown>> {
  const kind = z.unknown().transform((value, context) => {
    if (typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) {
      return value as Scalar;
    }
    context.issues.push({ code: "invalid_format", format: "scalar", input: String(value) });
    return z.NEVER;
  }).meta({ type: ["string", "number", "boolean"] });
  return withTraits(kind, { wanted: "text, a number, true or false" });
}

export function yesOrNo(): z.ZodBoolean {
  return withTraits(z.boolean(), { wanted: "true or false" });
}

export function wholeNumber(min: number, max: number): z.ZodInt {
  return withTraits(z.int().min(min).max(max), { wanted: `a whole number from ${min} to ${max}` });
}

export function realNumber(min: number, max: number): z.ZodNumber {
  return withTraits(z.number().min(min).max(max), { wanted: `a number from ${min} to ${max}` });
}

/** A number above 0, `max` at most. */
export function positiveNumber(max: number): z.ZodNumber {
  return withTraits(z.number().positive().max(max), { wanted: `a number above 0, ${max} at most` });
}

type Quantity = z.ZodPipe<z.ZodString, z.ZodTransform<number, string>>;

/** Milliseconds, written with a unit like the bounds. */
export function duration(min: string, max: string): Quantity {
  const wanted = `a duration from ${min} to ${max}: a whole number and ms, s, m, h or d`;
  const kind = quantity(parseDuration, { min, max }).meta({
    // The only duration without a unit is 0.
    type: ["string", "integer"],
    pattern: durationPattern,
    minimum: 0,
    maximum: 0,
  });
  return withTraits(kind, { wanted, unit: "duration" });
}

/** Bytes, written with a unit like the bounds. */
export function size(min: string, max: string): Quantity {
  const wanted = `a size from ${min} to ${max}: a whole number and B, KiB, MiB or GiB`;
  const kind = quantity(parseSize, { min, max }).meta({
    type: ["string", "integer"],
    pattern: sizePattern,
    minimum: parseSize(min),
    maximum: parseSize(max),
  });
  return withTraits(kind, { wanted, unit: "size" });
}

function quantity(
  parse: (text: string) => number | undefined,
  bounds: { min: string; max: string },
): Quantity {
  const min = parse(bounds.min) ?? 0;
  const max = parse(bounds.max) ?? 0;
  return z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== undefined && value >= min && value <= max) return value;
    context.issues.push({ code: "invalid_format", format: "quantity", input: text });
    return z.NEVER;
  });
}

/** The questions and reports of a check of several keys. */
export interface Together {
  /** Whether a key is present, valid or not. */
  present(key: string): boolean;
  /** Whether the mapping has unknown keys. */
  readonly unknownKeys: boolean;
  report(path: readonly PropertyKey[], message: string): void;
}

/**
 * Adds a check of several keys of one mapping. It also runs when some keys are invalid, so that all problems are reported
 * in one go: `check` gets the valid ones only.
 */
export function together<T extends z.ZodObject>(
  schema: T,
  check: (value: Partial<z.output<T>>, context: Together) => void,
): T {
  return schema.superRefine((value, { issues }) => {
    const invalid = new Set(issues.map((issue) => issue.path?.[0]));
    const valid = Object.fromEntries(Object.entries(value).filter(([key]) => !invalid.has(key)));
    check(valid as Partial<z.output<T>>, {
      present: (key) => Object.hasOwn(value, key) && value[key as keyof typeof value] !== undefined,
      unknownKeys: issues.some(({ code }) => code === "unrecognized_keys"),
      report: (path, message) => issues.push({ code: "custom", message, path: [...path], input: value }),
    });
  }, { when: ({ value }) => typeof value === "object" && value !== null && !Array.isArray(value) });
}

/** Reports one of two keys without the other. */
export function bothOrNeither(
  keys: readonly [string, string],
  { present, report }: Pick<Together, "present" | "report">,
): void {
  for (const [one, other] of [keys, keys.toReversed()]) {
    if (present(one) && !present(other)) report([one], `needs ${other}, wanted both or neither`);
  }
}
