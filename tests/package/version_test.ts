// The version of deno.json is the only one: documents that name packages name those of this version.

import assert from "node:assert/strict";
import { version } from "../../lib/version.ts";

async function read(file: string): Promise<string> {
  return await Deno.readTextFile(new URL(`../../${file}`, import.meta.url));
}

Deno.test("CHANGELOG.md begins with the version of deno.json and a date", async () => {
  const [heading] = /^## .*$/m.exec(await read("CHANGELOG.md")) ?? [];
  assert.match(heading ?? "", new RegExp(`^## ${RegExp.escape(version)}, \\d{4}-\\d{2}-\\d{2}$`));
});

for (const file of ["README.md", "docs/install.md"]) {
  Deno.test(`${file} names packages of the version of deno.json`, async () => {
    const named = [...(await read(file)).matchAll(/\brtcount[-_:](\d+\.\d+\.\d+)/g)].map((match) => match[1]);
    assert.ok(named.length > 0);
    assert.deepEqual(new Set(named), new Set([version]));
  });
}
