import assert from "node:assert/strict";
import { BoundedPattern } from "../../lib/text/bounded_pattern.ts";
import { MAX_TEXT_MS } from "../../lib/text/time_limit.ts";

Deno.test("BoundedPattern.match() interrupts an expensive pattern after two attempts", () => {
  const pattern = new BoundedPattern("(a+)+$");
  const startMs = performance.now();
  pattern.match([`${"a".repeat(40)}!`]);
  // A busy machine may take several times as long.
  assert.ok(performance.now() - startMs < 10 * MAX_TEXT_MS);
});

Deno.test("BoundedPattern.match() gives less time to the next of many expensive texts", () => {
  const pattern = new BoundedPattern("(a+)+$");
  const hostile = `${"a".repeat(40)}!`;
  for (let i = 0; i < 6; i++) pattern.match([hostile]);
  const startMs = performance.now();
  for (let i = 0; i < 5; i++) pattern.match([hostile]);
  assert.ok(performance.now() - startMs < 5 * MAX_TEXT_MS);
});
