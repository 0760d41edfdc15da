import assert from "node:assert/strict";

/** Compares with what is kept in a file; UPDATE_GOLDEN=1 writes it. */
export async function assertGolden(file: URL, actual: string): Promise<void> {
  if (Deno.env.get("UPDATE_GOLDEN") === "1") await Deno.writeTextFile(file, actual);
  assert.equal(actual, await Deno.readTextFile(file));
}
