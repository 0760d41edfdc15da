import assert from "node:assert/strict";
import fc from "fast-check";
import { GroupMarks } from "../../lib/merge/group_marks.ts";
import { anyHeads, MEMBERS, PARTITIONS } from "./logs.ts";
import { type LoggedReport, NaiveLog } from "./naive_log.ts";
import { headOf } from "./reports.ts";

/** Reports, each with the oldest pane that is needed when it is read: that never goes back. */
const logs: fc.Arbitrary<LoggedReport[]> = fc.tuple(
  anyHeads,
  fc.array(fc.nat(1).map((n) => n * 2), { minLength: 40, maxLength: 40 }),
).map(([heads, neededByMs]) => {
  let neededFromMs = -20;
  return heads.map((head, i) => {
    neededFromMs += neededByMs[i];
    return { head, logOffset: 3 * i, neededFromMs: i === 0 ? -Infinity : neededFromMs };
  });
});

function facts(log: GroupMarks | NaiveLog) {
  const { epoch, list, members, watermarkMs, unheard, unreported, holderOfLowest } = log;
  const ofMembers = MEMBERS.map((
    member,
  ) => [log.othersMs(member), log.followMs(member), log.othersAreIdle(member)]);
  return { epoch, list, members, watermarkMs, unheard, unreported, holderOfLowest, ofMembers };
}

function marksOf(marks: GroupMarks) {
  return PARTITIONS.map((partition) => marks.markOf(partition));
}

Deno.test("GroupMarks says of any log what the naive log says", () => {
  fc.assert(
    fc.property(logs, (log) => {
      const marks = new GroupMarks();
      const naive = new NaiveLog();
      for (const report of log) {
        const outcome = naive.hear(report);
        assert.equal(marks.outcomeOf(report.head), outcome);
        assert.equal(marks.hear(report.head, report), outcome);
        assert.deepEqual(facts(marks), facts(naive));
        assert.deepEqual(
          [marks.firstEndMs, marks.servedUntilMs],
          [naive.firstEndMs, naive.servedUntilMs],
        );
        for (const partition of PARTITIONS) {
          const newest = naive.newestOf(partition);
          const { boundMs, cutMs, isIdle, epoch } = newest?.head ?? {};
          const offset = newest?.head.partitions.find((one) => one.partition === partition.partition)?.offset;
          const wanted = newest && { boundMs, cutMs, offset, isIdle, epoch, logOffset: newest.logOffset };
          assert.deepEqual(marks.markOf(partition), wanted);
        }
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("GroupMarks says the same from any offset that newestFrom() has named", () => {
  fc.assert(
    fc.property(logs, fc.nat(), (log, at) => {
      const committed = log.length === 0 ? 0 : at % log.length;
      const whole = new GroupMarks();
      let from = Infinity;
      const outcomes = log.map((report, i) => {
        const outcome = whole.hear(report.head, report);
        if (i === committed) from = whole.newestFrom(report.neededFromMs);
        return outcome;
      });
      const later = new GroupMarks();
      log.forEach((report, i) => {
        if (report.logOffset < from && i <= committed) return;
        const outcome = later.hear(report.head, report);
        if (i > committed) assert.equal(outcome, outcomes[i]);
      });
      assert.deepEqual(facts(later), facts(whole));
      const { neededFromMs } = log.at(-1) ?? { neededFromMs: 0 };
      marksOf(whole).forEach((mark, i) => {
        const isListed = whole.list.some(({ partition }) => partition === i);
        if (mark !== undefined && (isListed || mark.cutMs > neededFromMs)) {
          assert.deepEqual(marksOf(later)[i], mark);
        }
      });
    }),
    { numRuns: 300 },
  );
});

Deno.test("GroupMarks.hear() takes no report of an older epoch, and none twice", () => {
  const marks = new GroupMarks();
  const at = { logOffset: 0, neededFromMs: -Infinity };
  assert.equal(marks.hear(headOf({ epoch: 2, number: 5 }), at), "taken");
  assert.equal(marks.hear(headOf({ epoch: 2, number: 5 }), at), "repeated");
  assert.equal(marks.hear(headOf({ epoch: 1, number: 6 }), at), "outdated");
  assert.equal(marks.hear(headOf({ epoch: 2, number: 6 }), at), "taken");
  assert.equal(marks.hear(headOf({ epoch: 3, number: 7, isMarker: true }), at), "taken");
  assert.equal(marks.hear(headOf({ epoch: 2, number: 8 }), at), "outdated");
});

Deno.test("GroupMarks.followMs() of idle members that follow each other is the largest bound", () => {
  const marks = new GroupMarks();
  const [p0, p1] = PARTITIONS.map((one) => ({ ...one, offset: 0 }));
  const list = [p0, p1];
  const at = { logOffset: 0, neededFromMs: -Infinity };
  marks.hear(headOf({ member: "a", list, partitions: [p0], boundMs: -Infinity, isIdle: true }), at);
  assert.equal(marks.followMs("b"), -Infinity, "nothing is known yet");
  marks.hear(headOf({ member: "b", list, partitions: [p1], boundMs: 40, isIdle: false }), at);
  assert.equal(marks.followMs("a"), 40);
  marks.hear(headOf({ member: "b", number: 2, list, partitions: [p1], boundMs: 60, isIdle: true }), at);
  assert.deepEqual([marks.followMs("a"), marks.followMs("b"), marks.watermarkMs], [60, 60, -Infinity]);
});

Deno.test("GroupMarks keeps the mark of a partition that leaves the list while a window needs its panes", () => {
  const [p0, p1] = PARTITIONS.map((one) => ({ ...one, offset: 9 }));
  for (const [neededFromMs, isKept] of [[8, true], [10, false]] as const) {
    const marks = new GroupMarks();
    const at = (logOffset: number) => ({ logOffset, neededFromMs });
    marks.hear(headOf({ boundMs: 10, list: [p0, p1], partitions: [p0, p1] }), at(0));
    marks.hear(headOf({ epoch: 2, number: 2, boundMs: 12, list: [p0], partitions: [p0] }), at(1));
    assert.equal(marks.newestFrom(neededFromMs), isKept ? 0 : 1);
    marks.hear(headOf({ epoch: 3, number: 3, boundMs: 14, list: [p0, p1], partitions: [p0] }), at(2));
    assert.equal(marks.markOf(p1) !== undefined, isKept);
    assert.equal(marks.unheard, isKept ? 0 : 1);
  }
});

Deno.test("GroupMarks keeps nothing of partitions that are not in the list of the epoch", () => {
  const marks = new GroupMarks();
  const place = { logOffset: 0, neededFromMs: -Infinity };
  const [first, second] = PARTITIONS;
  marks.hear(headOf({ list: [first], partitions: [{ ...first, offset: 1 }] }), place);
  const wrong = headOf({ member: "b", list: [second], partitions: [{ ...second, offset: 1 }] });
  assert.equal(marks.hear(wrong, place), "taken");
  assert.deepEqual([marks.list, marks.markOf(second)], [[first], undefined]);
});

Deno.test("GroupMarks.hasRoomFor() bounds the members of an epoch", () => {
  const marks = new GroupMarks();
  const place = { logOffset: 0, neededFromMs: -Infinity };
  const id = (member: number, epoch = 1) => ({ epoch, member: `${member}`, number: 1 });
  for (let n = 0; n < 10_000; n++) {
    assert.ok(marks.hasRoomFor(id(n)));
    marks.hear(headOf(id(n)), place);
  }
  assert.deepEqual([10_000, 9_999].map((n) => marks.hasRoomFor(id(n))), [false, true]);
  assert.ok(marks.hasRoomFor(id(10_000, 2)), "a newer epoch begins without members");
});
