// The generated pages of docs/ are those that `deno task docs` makes now.

import assert from "node:assert/strict";
import { configJsonSchema } from "../../lib/config/json_schema.ts";
import { configurationPage } from "../../tools/docs/configuration_page.ts";
import { metricsPage } from "../../tools/docs/metrics_page.ts";

const DOCS = new URL("../../docs/", import.meta.url);

for (const [file, page] of [["configuration.md", configurationPage], ["metrics.md", metricsPage]] as const) {
  Deno.test(`docs/${file} is current: else run deno task docs`, async () => {
    assert.equal(await Deno.readTextFile(new URL(file, DOCS)), page());
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
