import assert from "node:assert/strict";
import { lossesOf } from "../../lib/page/losses.ts";
import { isNewProcess, sortByLag, totalLag } from "../../lib/page/status.ts";
import { healthyStatus } from "../fakes/fake_daemon.ts";

const partition = (topic: string, partition: number, lag: number | null) => ({
  topic,
  partition,
  position: 0,
  lag,
});

Deno.test("sortByLag() puts unknown lags first, then the largest, then sorts by name", () => {
  const partitions = [
    partition("b", 0, 5),
    partition("a", 1, 0),
    partition("a", 0, 0),
    partition("c", 0, null),
    partition("a", 2, 9),
    partition("b", 1, null),
  ];
  assert.deepEqual(sortByLag(partitions).map(({ topic, partition }) => `${topic}/${partition}`), [
    "b/1",
    "c/0",
    "a/2",
    "b/0",
    "a/0",
    "a/1",
  ]);
  assert.equal(totalLag({ ...healthyStatus(), partitions }), 14);
});

Deno.test("isNewProcess() recognizes a restart by the uptime", () => {
  const status = healthyStatus();
  assert.equal(isNewProcess(status, { ...status, uptime_seconds: status.uptime_seconds + 2 }), false);
  assert.equal(isNewProcess(status, { ...status, uptime_seconds: 1 }), true);
});

Deno.test("lossesOf() names losses above 0 only", () => {
  const status = healthyStatus();
  assert.deepEqual(lossesOf(status), []);
  const totals = {
    ...status.totals,
    skipped_records: { too_large: 2, corrupt: 0, someday: 1 },
    skipped_words: { stop_word: 7, too_long: 0 },
    late: { counted: 3, dropped: 0 },
  };
  assert.deepEqual(lossesOf({ ...status, totals }), [
    { what: "Late records: counted in later windows", count: 3 },
    { what: "Records skipped: too large", count: 2 },
    { what: "Records skipped: someday", count: 1 },
    { what: "Words skipped: stop words", count: 7 },
  ]);
});
