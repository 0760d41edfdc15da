import assert from "node:assert/strict";
import { configJsonSchema } from "../../lib/config/json_schema.ts";
import { parseConfig } from "../../lib/config/load.ts";
import { showConfig } from "../../lib/config/show.ts";

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly not?: Schema;
}

const schema = JSON.parse(JSON.stringify(configJsonSchema())) as Schema;

function visit(schema: Schema, path: string, look: (schema: Schema, path: string) => void): void {
  look(schema, path);
  for (const [name, key] of Object.entries(schema.properties ?? {})) visit(key, `${path}.${name}`, look);
}

Deno.test("configJsonSchema() describes every key and refuses unknown ones", () => {
  visit(schema, "", (schema, path) => {
    if (path !== "") assert.ok(schema.description, path);
    if (schema.properties !== undefined) assert.equal(schema.additionalProperties, false, path);
  });
});

Deno.test("configJsonSchema() allows a key without a value where the key is not required", () => {
  visit(schema, "", (schema, path) => {
    for (const [name, key] of Object.entries(schema.properties ?? {})) {
      const types = [key.type].flat();
      assert.equal(types.includes("null"), !schema.required?.includes(name), `${path}.${name}: ${types}`);
    }
  });
});

Deno.test("configJsonSchema() writes defaults as in a file", () => {
  const text = `source: {kafka: {brokers: ["a:1"], topics: [t]}}`;
  const shown = showConfig(parseConfig(text)) as Record<string, Record<string, unknown>>;
  const { window, words, top } = schema.properties ?? {};
  assert.equal(top.default, shown.top);
  assert.equal(window.properties?.length.default, shown.window.length);
  assert.equal(words.properties?.max_record_bytes.default, shown.words.max_record_bytes);
  assert.equal(words.properties?.separator.default, ",");
});

Deno.test("configJsonSchema() excludes keys that exclude each other", () => {
  const { source, words } = schema.properties ?? {};
  assert.deepEqual(source.oneOf?.map(({ required }) => required), [["kafka"], ["synthetic"], ["lines"]]);
  assert.deepEqual(words.not?.anyOf?.map(({ required }) => required), [
    ["separator", "pattern"],
    ["separator", "segmenter"],
    ["pattern", "segmenter"],
    ["field", "fields"],
  ]);
  assert.deepEqual(schema.required, ["source"]);
});
