import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_EPOCH } from "../../lib/kafka/group/group_protocol.ts";
import type { ReportHead } from "../../lib/merge/report.ts";
import { whyImpossiblePart } from "../../lib/merge/report_checks.ts";
import { decodePart } from "../../lib/merge/report_decoder.ts";
import { encodeReport } from "../../lib/merge/report_encoder.ts";
import { FINGERPRINT, headOf, packPanes } from "./reports.ts";

const NOW_MS = Date.UTC(2026, 10, 22, 10);
const HOUR_MS = 3_600_000;
const BASIS = { nowMs: NOW_MS, lengthMs: 60_000, slideMs: 2_000 };
/** The last time of JavaScript's dates, in the year 275760. */
const LAST_MS = 8.64e15;
const LIST = [["a", 0], ["a", 7], ["b", 3]].map(([topic, partition]) => {
  return { topic: String(topic), partition: Number(partition) };
});

/** Why the report is impossible, as a reader of the log finds it. */
function reasonOf(head: Partial<ReportHead>, paneMs?: number): string | undefined {
  const panes = paneMs === undefined
    ? []
    : [{ startMs: paneMs, records: 1, words: 1, error: 0, counts: [["x", 1]] as const }];
  const packed = packPanes(panes);
  const usual = { list: LIST, partitions: LIST.map((one) => ({ ...one, offset: 5 })), boundMs: NOW_MS };
  const options = { words: packed.words, fingerprint: FINGERPRINT };
  const [{ value }] = encodeReport(headOf({ ...usual, cutMs: NOW_MS, ...head }), packed.panes, options);
  const part = decodePart(value, FINGERPRINT);
  assert.ok(part !== "foreign");
  return whyImpossiblePart(part, BASIS);
}

Deno.test("whyImpossiblePart() accepts reports of members whose clocks differ, also before a rebalance", () => {
  fc.assert(fc.property(fc.integer({ min: -1e9, max: 2 * HOUR_MS }), fc.boolean(), (aheadMs, isHandover) => {
    const boundMs = Math.floor((NOW_MS + aheadMs) / 2_000) * 2_000;
    const cutMs = boundMs + (isHandover ? HOUR_MS : 0);
    const served = { firstEndMs: boundMs, servedUntilMs: boundMs };
    assert.equal(reasonOf({ boundMs, cutMs, ...served }, cutMs - 2_000), undefined);
  }));
  const none = { boundMs: -Infinity, cutMs: -Infinity };
  assert.equal(reasonOf({ ...none, isMarker: true }), undefined);
  assert.equal(reasonOf({ partitions: [] }), undefined);
  assert.equal(reasonOf({ partitions: [{ ...LIST[2], offset: 0 }] }), undefined);
  assert.equal(reasonOf({ epoch: MAX_EPOCH }), undefined);
});

const IMPOSSIBLE: readonly (readonly [Partial<ReportHead>, RegExp])[] = [
  [{ boundMs: LAST_MS, cutMs: LAST_MS }, /its bound is \+275760-09-13T00:00:00.000Z, in the future/],
  [{ cutMs: LAST_MS }, /its cut is .* in the future/],
  [{ cutMs: NOW_MS + 4 * HOUR_MS }, /its cut is 2026-11-22T14:00:00.000Z, in the future/],
  [{ firstEndMs: LAST_MS }, /its first window is .* in the future/],
  [{ servedUntilMs: LAST_MS }, /its newest window of the output topic is .* in the future/],
  [{ boundMs: NOW_MS - 1 }, /its bound is at .* no multiple of the slide/],
  [{ epoch: MAX_EPOCH + 1 }, /its epoch is 281474976710657, which no group reaches/],
  [{ epoch: Number.MAX_SAFE_INTEGER }, /its epoch is/],
  [{ partitions: [{ topic: "a", partition: 1, offset: 5 }] }, /it is of a\/1, which is not in the list/],
  [{ partitions: [{ topic: "c", partition: 0, offset: 5 }] }, /it is of c\/0, which is not in the list/],
  [{ list: [] }, /it is of a\/0, which is not in the list/],
];

for (const [head, reason] of IMPOSSIBLE) {
  Deno.test(`whyImpossiblePart() refuses ${Deno.inspect(head)}`, () => {
    assert.match(reasonOf(head) ?? "", reason);
  });
}

Deno.test("whyImpossiblePart() refuses a pane of the future, and one between two slides", () => {
  assert.match(reasonOf({}, LAST_MS) ?? "", /it counts a pane that begins at \+275760/);
  assert.match(reasonOf({}, NOW_MS - 1) ?? "", /it counts a pane that begins at 2026-11-22T09:59:59.999Z/);
});
