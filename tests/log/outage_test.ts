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

Deno.test("Outage logs ten failures a minute that end at once, each with its end", () => {
  const { outage, clock, lines } = setUp();
  for (let n = 0; n < 1_000; n++) {
    outage.failed("a", `reason ${n}`);
    outage.works("a");
  }
  assert.equal(lines.length, 20);
  outage.failed("a", "it lasts");
  assert.equal(lines.length, 20);
  assert.equal(outage.reason, "it lasts");
  clock.advance(60_000);
  outage.failed("a", "it lasts");
  outage.works("a");
  assert.deepEqual(lines.slice(20), ["warn it lasts; trying again", "info recovered"]);
});

Deno.test("Outage shows the beginning of a long reason", () => {
  const { outage, lines } = setUp();
  outage.failed("a", "x".repeat(1 << 20));
  assert.equal(outage.reason, "x".repeat(4_096));
  assert.deepEqual(lines, [`warn ${"x".repeat(4_096)}; trying again`]);
});

Deno.test("Outage.failedAsAWhole() replaces the other failures", () => {
  const { outage, lines } = setUp();
  outage.failed("a", "of a");
  outage.failedAsAWhole("all", "of all");
  outage.works("all");
  assert.equal(outage.reason, undefined);
  assert.deepEqual(lines, ["warn of a; trying again", "info recovered"]);
});
