// The JSON Schema of the configuration, for editors.

import { z } from "zod";
import { configSchema, exclusiveKeys } from "./schema.ts";

type Schema = z.core.JSONSchema.BaseSchema;

/** JSON Schema, draft 7, which most editors support. */
export function configJsonSchema(): Schema {
  const schema: Schema = z.toJSONSchema(configSchema, { io: "input", target: "draft-7" });
  allowNull(schema);
  schema.title = "Configuration of rtcount";
  const { source, words } = schema.properties as Record<string, Schema>;
  source.oneOf = exclusiveKeys.source.flat().map((key) => ({
    required: [key],
    properties: { [key]: { type: "object" } },
  }));
  words.not = { anyOf: exclusiveKeys.words.flatMap(pairsOf).map(bothGiven) };
  return schema;
}

function pairsOf(keys: readonly string[]): [string, string][] {
  return keys.flatMap((key, i) => keys.slice(i + 1).map((other): [string, string] => [key, other]));
}

function bothGiven(keys: [string, string]): Schema {
  return {
    required: keys,
    properties: Object.fromEntries(keys.map((key) => [key, { type: ["string", "array"] as const }])),
  };
}

/** A key without a value counts as absent. */
function allowNull(schema: Schema): void {
  for (const [name, key] of Object.entries(schema.properties ?? {})) {
    if (typeof key === "boolean") continue;
    allowNull(key);
    if (typeof key.items === "object" && !Array.isArray(key.items)) allowNull(key.items);
    if (schema.required?.includes(name)) continue;
    key.type = [key.type, "null"].flat() as unknown as Schema["type"];
    if (key.enum !== undefined) key.enum = [...key.enum, null];
  }
}
