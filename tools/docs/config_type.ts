// The type of a complete configuration, for those who read one in code. zod could infer it, but a package needs types that
// are written out.

import { z } from "zod";
import { configJsonSchema } from "../../lib/config/json_schema.ts";
import { childOf, hasUnit, isText, kindOf } from "../../lib/config/key.ts";
import { configSchema } from "../../lib/config/schema.ts";

/** The part of JSON Schema that is needed. */
interface Json {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Json>>;
  readonly items?: Json;
}

/** Optional in a file, but always present: the default is another key's value. */
const FILLED = new Set(["source.kafka.group"]);

export function configType(): string {
  return `// Made by \`deno task docs\` from the schema; the next run overwrites changes.
// deno-fmt-ignore-file

import type { AwsEnvironment } from "./aws_environment.ts";
import type { ConfigProblem } from "./config_error.ts";
import type { ConfigFile } from "./config_file.ts";

/**
 * The effective configuration, with defaults. Keys are those of the file; durations are milliseconds, sizes bytes. Exactly
 * one of \`source.kafka\`, \`.synthetic\`, \`.lines\` is present, and one of \`words.separator\`, \`.pattern\`, \`.segmenter\`.
 */
export interface Config {
${fieldsOf(configSchema, configJsonSchema() as Json, "", "  ")}
  /** The files that the configuration names. Their content is never shown. */
  readonly files?: readonly ConfigFile[];
  /** The variables that name AWS's credentials, with \`aws-msk-iam\`. Their values are never shown. */
  readonly awsEnvironment?: AwsEnvironment;
  /** Settings that are allowed, but probably not meant. */
  readonly hints?: readonly ConfigProblem[];
}
`;
}

function fieldsOf(schema: z.ZodType, json: Json, path: string, indent: string): string {
  return Object.entries(json.properties ?? {}).map(([name, child]) => {
    const field = childOf(schema, name)!;
    const fieldPath = path === "" ? name : `${path}.${name}`;
    const optional = field instanceof z.ZodOptional && !FILLED.has(fieldPath) ? "?" : "";
    const description = child.description === undefined ? "" : `${indent}/** ${child.description} */\n`;
    return `${description}${indent}readonly ${name}${optional}: ${typeOf(field, child, fieldPath, indent)};`;
  }).join("\n");
}

function typeOf(schema: z.ZodType, json: Json, path: string, indent: string): string {
  const kind = kindOf(schema);
  if (kind instanceof z.ZodObject) return `{\n${fieldsOf(schema, json, path, `${indent}  `)}\n${indent}}`;
  if (kind instanceof z.ZodRecord) return "Readonly<Record<string, string>>";
  if (kind instanceof z.ZodArray) {
    const element = typeOf(kind.element as z.ZodType, json.items ?? {}, path, indent);
    return `readonly ${/[{|]/.test(element) ? `(${element})` : element}[]`;
  }
  if (kind instanceof z.ZodEnum) return kind.options.map((option) => JSON.stringify(option)).join(" | ");
  if (hasUnit(schema) || kind instanceof z.ZodNumber) return "number";
  if (kind instanceof z.ZodBoolean) return "boolean";
  if (isText(schema)) return "string";
  // A key of several plain types lists them.
  const types = [json.type ?? []].flat().filter((type) => type !== "null");
  if (types.length > 1) return types.join(" | ");
  throw new Error(`no type is known for ${path}`);
}
