// mod.ts as others get it: documented, and with types that are written out.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

async function deno(
  ...args: readonly string[]
): Promise<{ readonly success: boolean; readonly text: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { success, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("deno doc --lint has no complaint about mod.ts", async () => {
  const { success, text } = await deno("doc", "--lint", "mod.ts");
  assert.ok(success, text);
});

Deno.test("deno publish --dry-run accepts the package: no type is slow, no module is missing", async () => {
  const { success, text } = await deno("publish", "--dry-run", "--allow-dirty");
  assert.ok(success, text);
  for (const file of ["mod.ts", "lib/http/page_document.ts", "LICENSE"]) {
    assert.ok(text.includes(`/${file} (`), file);
  }
});
