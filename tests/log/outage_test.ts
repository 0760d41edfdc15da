import assert from "node:assert/strict";
import { Outage } from "../../lib/log/outage.ts";
import { ManualClock } from "../fakes/manual_clock.ts";

function setUp() {
  const clock = new ManualClock();
  const lines: string[] = [];
  const write = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { clock, lines, outage: new Outage({ clock, log: { warn: write("warn"), info: write("info") } }) };
}

Deno.test("Outage says once that it begins, and once that it is over", () => {
  const { outage, lines } = setUp();
  outage.works("a");
  outage.failed("a", "no answer");
  outage.failed("a", "no answer");
  outage.works("a");
  outage.works("a");
  assert.deepEqual(lines, ["warn no answer; trying again", "info all is well again"]);
});

Deno.test("Outage repeats itself after a minute, with the latest reason", () => {
  const { outage, clock, lines } = setUp();
  outage.failed("a", "first");
  clock.advance(59_999);
  outage.failed("a", "second");
  clock.advance(1);
  outage.failed("a", "third");
  assert.deepEqual(lines, ["warn first; trying again", "warn third; trying again"]);
});

Deno.test("Outage is over when all that failed works, and its reason is the latest of what does not", () => {
  const { outage, lines } = setUp();
  assert.equal(outage.reason, undefined);
  outage.failed("a", "of a");
  outage.failed("b", "of b");
  assert.equal(outage.reason, "of b");
  outage.works("b");
  assert.equal(outage.reason, "of a");
  assert.equal(lines.length, 1);
  outage.works("a");
  assert.equal(outage.reason, undefined);
  assert.equal(lines.length, 2);
});

Deno.test("Outage.failedAsAWhole() takes in what failed in part", () => {
  const { outage, lines } = setUp();
  outage.failed("a", "of a");
  outage.failedAsAWhole("all", "of all");
  outage.works("all");
  assert.equal(outage.reason, undefined);
  assert.deepEqual(lines, ["warn of a; trying again", "info all is well again"]);
});
