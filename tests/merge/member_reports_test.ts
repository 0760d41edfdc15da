import assert from "node:assert/strict";
import { MemberReports } from "../../lib/merge/member_reports.ts";
import type { MergingMember } from "../../lib/merge/merging_member.ts";
import type { Assignment } from "../../lib/source/source.ts";
import { PaneWindow } from "../../lib/window/pane_window.ts";
import type { Watermark } from "../../lib/window/watermark.ts";
import { FakeOutputs } from "../fakes/fake_outputs.ts";
import { FakeWords } from "../fakes/fake_words.ts";

const TIMES = { lengthMs: 60, slideMs: 2 };
const PANES = 20;
/** Reports that fill the room for those under way. */
const ROOM = 3;

/** A member whose reports take the room for those under way, and a watermark that has passed all panes at once. */
function setUp() {
  const bounds: number[] = [];
  let underWay = 0;
  const member = {
    id: "a",
    marks: { taken: 0, othersMs: () => Infinity, markOf: () => undefined },
    windows: { firstEndMs: -Infinity },
    closedFromMs: -Infinity,
    get isBlocked() {
      return underWay >= ROOM;
    },
    report(_: Assignment, { boundMs }: { readonly boundMs: number }) {
      bounds.push(boundMs);
      underWay++;
    },
  };
  const assignment = { epoch: { number: 1, list: [] }, partitions: [{ position: 9 }], firstEndMs: -Infinity };
  const words = new FakeWords();
  const panes = new PaneWindow({ ...TIMES, words }, { maxEntries: 1 });
  const reports = new MemberReports({
    source: { assignment: assignment as unknown as Assignment },
    member: member as unknown as MergingMember,
    panes,
    watermark: { isIdle: false, othersMs: Infinity, streamMs: () => PANES * 2 } as unknown as Watermark,
    outputs: new FakeOutputs(),
    ...TIMES,
  });
  const close = (moment: "turn" | "handover") =>
    reports.close(assignment as unknown as Assignment, { moment, nowMs: PANES * 2 });
  reports.begin(assignment as unknown as Assignment);
  for (let pane = 0; pane < PANES; pane++) {
    panes.select(pane * 2);
    panes.add(Int32Array.of(words.intern(`${pane}`)), 1, 1);
  }
  return { reports, panes, bounds, close, deliver: () => underWay = 0 };
}

Deno.test("MemberReports makes no more reports than there is room for, however many panes the watermark passes", () => {
  const { reports, panes, bounds, close, deliver } = setUp();
  for (let n = 1; n * ROOM < PANES; n++) {
    assert.ok(close("turn"));
    assert.deepEqual([bounds.length, reports.isBlocked], [n * ROOM, true]);
    assert.deepEqual([reports.boundMs, panes.oldestPendingMs], [bounds.at(-1), n * ROOM * 2]);
    deliver();
  }
  while (close("turn")) deliver();
  assert.deepEqual([reports.boundMs, panes.oldestPendingMs], [PANES * 2, Infinity]);
  assert.deepEqual(bounds, bounds.toSorted((a, b) => a - b));
});

Deno.test("MemberReports leaves what it cannot report before a handover to be read again", () => {
  const { reports, panes, close } = setUp();
  assert.ok(close("handover"));
  assert.deepEqual([reports.boundMs, reports.openFromMs], [panes.reportedUntilMs, ROOM * 2]);
});
