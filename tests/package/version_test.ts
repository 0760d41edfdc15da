// The version of deno.json is the only one: documents that name packages name those of this version.

import assert from "node:assert/strict";
import { version } from "../../lib/version.ts";

async function read(file: string): Promise<string> {
  return await Deno.readTextFile(new URL(`../../${file}`, import.meta.url));
}

Deno.test("the newest release in CHANGELOG.md has the version of deno.json and a date", async () => {
  const headings = [...(await read("CHANGELOG.md")).matchAll(/^## (.*)$/gm)].map((match) => match[1]);
  const [newest] = headings.filter((heading) => heading !== "Unreleased");
  assert.match(newest ?? "", new RegExp(`^${RegExp.escape(version)}, \\d{4}-\\d{2}-\\d{2}$`));
  assert.ok(headings.indexOf("Unreleased") <= 0, "what is not released stands first");
});

for (const file of ["README.md", "docs/install.md"]) {
  Deno.test(`${file} names packages of the version of deno.json`, async () => {
    const named = [...(await read(file)).matchAll(/\brtcount[-_:](\d+\.\d+\.\d+)/g)].map((match) => match[1]);
    assert.ok(named.length > 0);
    assert.deepEqual(new Set(named), new Set([version]));
  });
}
