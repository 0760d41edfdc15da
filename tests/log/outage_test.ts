import assert from "node:assert/strict";
import { Outage } from "../../lib/log/outage.ts";
import { ManualClock } from "../fakes/manual_clock.ts";

function setUp() {
  const clock = new ManualClock();
  const lines: string[] = [];
  const write = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { clock, lines, outage: new Outage({ clock, log: { warn: write("warn"), info: write("info") } }) };
}

Deno.test("Outage logs its start once, and its end once", () => {
  const { outage, lines } = setUp();
  outage.works("a");
  outage.failed("a", "no answer");
  outage.failed("a", "no answer");
  outage.works("a");
  outage.works("a");
  assert.deepEqual(lines, ["warn no answer; trying again", "info recovered"]);
});

Deno.test("Outage logs again after a minute, with the latest reason", () => {
  const { outage, clock, lines } = setUp();
  outage.failed("a", "first");
  clock.advance(59_999);
  outage.failed("a", "second");
  clock.advance(1);
  outage.failed("a", "third");
  assert.deepEqual(lines, ["warn first; trying again", "warn third; trying again"]);
});

Deno.test("Outage ends when everything works; its reason is the latest of the remaining failures", () => {
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

Deno.test("Outage.failedAsAWhole() replaces the other failures", () => {
  const { outage, lines } = setUp();
  outage.failed("a", "of a");
  outage.failedAsAWhole("all", "of all");
  outage.works("all");
  assert.equal(outage.reason, undefined);
  assert.deepEqual(lines, ["warn of a; trying again", "info recovered"]);
});
