import assert from "node:assert/strict";
import { BoundedPattern } from "../../lib/text/bounded_pattern.ts";
import { MAX_TEXT_MS } from "../../lib/text/time_limit.ts";
import { idleMachineMs } from "../machine/process_cpu.ts";

Deno.test("BoundedPattern.match() interrupts an expensive pattern after two attempts", () => {
  const pattern = new BoundedPattern("(a+)+$");
  const startMs = idleMachineMs();
  pattern.match([`${"a".repeat(40)}!`]);
  // A busy machine may take several times as long.
  assert.ok(idleMachineMs() - startMs < 10 * MAX_TEXT_MS);
});

Deno.test("BoundedPattern.match() gives less time to the next of many expensive texts", () => {
  const pattern = new BoundedPattern("(a+)+$");
  const hostile = `${"a".repeat(40)}!`;
  for (let i = 0; i < 6; i++) pattern.match([hostile]);
  const startMs = idleMachineMs();
  for (let i = 0; i < 5; i++) pattern.match([hostile]);
  assert.ok(idleMachineMs() - startMs < 5 * MAX_TEXT_MS);
});
