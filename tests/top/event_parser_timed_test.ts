import assert from "node:assert/strict";
import { EventParser } from "../../lib/top/event_parser.ts";
import { idleMachineMs } from "../machine/process_cpu.ts";

Deno.test("EventParser.push() reads a long line in small pieces in linear time", () => {
  const parser = new EventParser();
  const startMs = idleMachineMs();
  parser.push("data: ");
  for (let n = 0; n < 500_000; n++) parser.push("x");
  assert.equal(parser.push("\n\n")[0].data.length, 500_000);
  // In quadratic time it took minutes.
  assert.ok(idleMachineMs() - startMs < 10_000);
});
