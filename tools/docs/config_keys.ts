// The keys of the configuration, as the reference, the manual page and the completions show them.

import { stringify } from "yaml";
import { z } from "zod";
import { configJsonSchema } from "../../lib/config/json_schema.ts";
import { childOf, kindOf, wanted } from "../../lib/config/key.ts";
import { configSchema } from "../../lib/config/schema.ts";

/** The part of JSON Schema that is needed. */
interface Json {
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | null)[];
  readonly description?: string;
  readonly default?: unknown;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly items?: Json;
}

interface Key {
  readonly path: string;
  readonly schema: z.ZodType;
  readonly json: Json;
  readonly isRequired: boolean;
}

/** A key that holds no mapping. */
export interface ConfigKey {
  /** N stands for the index of a list. */
  readonly path: string;
  /** The type and the bounds. */
  readonly value: string;
  /** As in a file; undefined for none. */
  readonly default: string | undefined;
  readonly isRequired: boolean;
  readonly description: string;
  /** The only values, if there are few. */
  readonly oneOf: readonly string[];
}

/** A mapping of the top level, or a source. The section of `source` itself has no keys. */
export interface ConfigSection {
  readonly path: string;
  readonly description: string;
  readonly keys: readonly ConfigKey[];
}

/** How the values are written. */
export const NOTATION =
  "A duration is a whole number and `ms`, `s`, `m`, `h` or `d`; a size is a whole number and `B`, `KiB`, `MiB` or `GiB`. " +
  "Rates are records per second. N is the index of a list, which begins at 0.";

/** The keys of the top level that hold no mapping. */
export function plainKeys(): ConfigKey[] {
  return below(rootKey()).filter((key) => !isMapping(key)).map(describe);
}

export function configSections(): ConfigSection[] {
  const sections = below(rootKey()).filter(isMapping).flatMap((section) =>
    section.path === "source" ? [section, ...below(section)] : [section]
  );
  return sections.map((section) => ({
    path: section.path,
    description: section.json.description ?? "",
    keys: section.path === "source" ? [] : leavesOf(section).map(describe),
  }));
}

function rootKey(): Key {
  return {
    path: "",
    schema: configSchema,
    json: JSON.parse(JSON.stringify(configJsonSchema())) as Json,
    isRequired: true,
  };
}

function describe(key: Key): ConfigKey {
  const { path, json, isRequired } = key;
  return {
    path,
    value: valueOf(key),
    default: defaultOf(key),
    isRequired,
    description: json.description ?? "",
    oneOf: json.type !== undefined && [json.type].flat().includes("boolean")
      ? ["true", "false"]
      : (json.enum ?? []).filter((value) => value !== null),
  };
}

function below({ path, schema, json }: Key): Key[] {
  return Object.entries(json.properties ?? {}).map(([name, child]) => ({
    path: path === "" ? name : `${path}.${name}`,
    schema: childOf(schema, name) as z.ZodType,
    json: child,
    isRequired: json.required?.includes(name) ?? false,
  }));
}

/** The keys below a mapping that hold no mapping; the keys of a list's items follow the list. */
function leavesOf(key: Key): Key[] {
  if (isMapping(key)) return below(key).flatMap(leavesOf);
  const kind = kindOf(key.schema);
  if (!(kind instanceof z.ZodArray) || key.json.items?.properties === undefined) return [key];
  const item = { path: `${key.path}.N`, schema: kind.element as z.ZodType, json: key.json.items };
  return [key, ...leavesOf({ ...item, isRequired: true })];
}

function isMapping({ json }: Key): boolean {
  return json.properties !== undefined;
}

function valueOf({ schema, json }: Key): string {
  const kind = kindOf(schema);
  const { minItems = 0, maxItems, maxLength } = json;
  if (kind instanceof z.ZodArray) {
    return `list of ${minItems} to ${maxItems} items: ${typeOf(kind.element as z.ZodType)}`;
  }
  return maxLength === undefined ? typeOf(schema) : `${typeOf(schema)}, up to ${maxLength} characters`;
}

function typeOf(schema: z.ZodType): string {
  if (kindOf(schema) instanceof z.ZodObject) return "mapping";
  return wanted(schema).replace(/^(?:an?|the) /, "").replace(/: .*/, "");
}

function defaultOf({ json, isRequired }: Key): string | undefined {
  if (isRequired || json.default === undefined) return undefined;
  const flow = { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: false } as const;
  return stringify(json.default, flow).trim();
}
