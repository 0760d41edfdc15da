// The generated pages and completions are those that `deno task docs` makes now.

import assert from "node:assert/strict";
import { configJsonSchema } from "../../lib/config/json_schema.ts";
import { configurationPage } from "../../tools/docs/configuration_page.ts";
import { GENERATED_FILES } from "../../tools/docs/generated_files.ts";

const ROOT = new URL("../../", import.meta.url);

for (const [file, make] of Object.entries(GENERATED_FILES)) {
  Deno.test(`${file} is current: else run deno task docs`, async () => {
    assert.equal(await Deno.readTextFile(new URL(file, ROOT)), make());
  });
}

interface Json {
  readonly properties?: Readonly<Record<string, Json>>;
  readonly items?: Json;
}

function leavesOf(json: Json, path: string): string[] {
  const { properties, items } = json;
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([name, child]) =>
      leavesOf(child, path === "" ? name : `${path}.${name}`)
    );
  }
  return items?.properties === undefined ? [path] : [path, ...leavesOf(items, `${path}.N`)];
}

Deno.test("configurationPage() has one row for each key, with its value and one sentence", () => {
  const rows = configurationPage().split("\n").filter((line) => line.startsWith("| `"));
  const cells = rows.map((row) => row.slice(2, -2).split(" | ").map((cell) => cell.trim()));
  const keys = leavesOf(JSON.parse(JSON.stringify(configJsonSchema())), "");
  assert.deepEqual(cells.map(([key]) => key.slice(1, -1)).sort(), keys.sort());
  for (const [key, value, , description] of cells) {
    assert.match(value, /./, key);
    assert.match(description, /^[a-zA-Z/].*\.$/, key);
  }
});
