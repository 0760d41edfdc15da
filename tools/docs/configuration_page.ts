// Makes docs/configuration.md from the schema of the configuration.

import { stringify } from "yaml";
import { z } from "zod";
import { configJsonSchema } from "../../lib/config/json_schema.ts";
import { childOf, kindOf, wanted } from "../../lib/config/key.ts";
import { configSchema } from "../../lib/config/schema.ts";
import { code, markdownTable } from "./markdown_table.ts";

/** The part of JSON Schema that the page needs. */
interface Json {
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

const INTRODUCTION = `# Configuration reference

<!-- deno task docs makes this file from lib/config/schema.ts. -->

Every key of the configuration file. [configure.md](configure.md) explains how to write one. A duration is a
whole number and \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`; a size is a whole number and \`B\`, \`KiB\`, \`MiB\` or \`GiB\`. Rates
are records per second. N is the index of a list, which begins at 0.
`;

export function configurationPage(): string {
  const root: Key = {
    path: "",
    schema: configSchema,
    json: JSON.parse(JSON.stringify(configJsonSchema())) as Json,
    isRequired: true,
  };
  const plain = below(root).filter((key) => !isMapping(key));
  const sections = below(root).filter(isMapping).flatMap((section) =>
    section.path === "source" ? [section, ...below(section)] : [section]
  );
  return [
    INTRODUCTION,
    `${tableOf(plain)}\n`,
    ...sections.map((section) => {
      const table = section.path === "source" ? "" : `\n${tableOf(leavesOf(section))}\n`;
      return `## ${code(section.path)}\n\n${section.json.description}\n${table}`;
    }),
  ].join("\n");
}

function tableOf(keys: readonly Key[]): string {
  return markdownTable(
    ["Key", "Value", "Default", "Description"],
    keys.map((key) => [code(key.path), valueOf(key), defaultOf(key), key.json.description ?? ""]),
  );
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

/** The type and the bounds. */
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

function defaultOf({ json, isRequired }: Key): string {
  if (isRequired) return "required";
  if (json.default === undefined) return "";
  return code(
    stringify(json.default, { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: false }).trim(),
  );
}
