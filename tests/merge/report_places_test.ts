import assert from "node:assert/strict";
import fc from "fast-check";
import { ReportPlaces } from "../../lib/merge/report_places.ts";

Deno.test("ReportPlaces.from() finds a long report that began before a shorter one ended", () => {
  const places = new ReportPlaces();
  places.add(4, 40);
  places.add(3, 40);
  assert.equal(places.from(40), 3);
});

Deno.test("ReportPlaces.from() is the lowest offset of all reports with such a pane", () => {
  const anyStep = fc.record({ logOffset: fc.nat(60), newestMs: fc.nat(30), neededByMs: fc.nat(1) });
  fc.assert(fc.property(fc.array(anyStep, { maxLength: 60, size: "max" }), (steps) => {
    const places = new ReportPlaces();
    let neededFromMs = 0;
    steps.forEach(({ logOffset, newestMs, neededByMs }, i) => {
      places.add(logOffset, newestMs);
      neededFromMs += neededByMs;
      const needed = steps.slice(0, i + 1).filter(({ newestMs }) => newestMs >= neededFromMs);
      assert.equal(
        places.from(neededFromMs),
        Math.min(Infinity, ...needed.map(({ logOffset }) => logOffset)),
      );
    });
  }));
});

Deno.test("ReportPlaces forgets what is not needed in a long run", () => {
  const places = new ReportPlaces();
  for (let i = 0; i < 10_000; i++) {
    places.add(i, i);
    assert.equal(places.from(i - 5), Math.max(0, i - 5));
  }
});
