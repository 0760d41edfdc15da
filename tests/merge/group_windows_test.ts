import assert from "node:assert/strict";
import fc from "fast-check";
import { GroupWindows, type LogRecord } from "../../lib/merge/group_windows.ts";
import type { ReportHead } from "../../lib/merge/report.ts";
import { encodeReport } from "../../lib/merge/report_encoder.ts";
import { SlidingWindow } from "../../lib/window/sliding_window.ts";
import type { WindowResult } from "../../lib/window/window_result.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { NaiveWindow } from "../oracle/naive_window.ts";
import { anyHeads } from "./logs.ts";
import { NaiveLog } from "./naive_log.ts";
import { FINGERPRINT, headOf, packPanes, type PlainPane } from "./reports.ts";

const SLIDE_MS = 2;
const LENGTH_MS = 8;
const ALL = 1000;
const NOW_MS = 1_000_000;

interface Closed {
  readonly result: WindowResult;
  readonly partitions: readonly string[];
}

interface Plain {
  readonly head: ReportHead;
  readonly panes: readonly PlainPane[];
}

/** A reader of the log with its table and window. */
class Reader {
  readonly words = new WordTable();
  readonly closed: Closed[] = [];
  readonly group: GroupWindows;

  constructor(
    { closedUntilMs = -Infinity, firstEndMs = -Infinity, maxWords = Infinity, maxStagedBytes = Infinity } =
      {},
  ) {
    const { words } = this;
    const times = { lengthMs: LENGTH_MS, slideMs: SLIDE_MS };
    const window = new SlidingWindow({ ...times, top: ALL, words, maxWords, isWeighted: true });
    this.group = new GroupWindows({
      ...times,
      words,
      window,
      fingerprint: FINGERPRINT,
      maxStagedBytes,
      onClosed: (result, partitions) => {
        this.closed.push({ result, partitions: partitions.map(({ partition }) => `${partition}`) });
      },
    });
    this.group.start({ closedUntilMs, firstEndMs });
  }

  take(value: Uint8Array | null, offset: number): LogRecord {
    const record = this.group.take(value, offset, NOW_MS);
    while (this.group.isBusy) this.group.advance();
    return record;
  }
}

/** The same, naively: it knows the reports in plain words, and recounts each window. */
class NaiveReader {
  readonly closed: Closed[] = [];
  readonly #log = new NaiveLog();
  readonly #window = new NaiveWindow(LENGTH_MS, SLIDE_MS, ALL);

  meet(epoch: number): void {
    this.#log.meet(epoch);
  }

  take({ head, panes }: Plain, logOffset: number): void {
    const neededFromMs = this.#window.next - LENGTH_MS;
    if (this.#log.hear({ head, logOffset, neededFromMs }) !== "taken") return;
    if (this.#window.closed === -Infinity) this.#window.first = this.#log.firstEndMs;
    for (const { startMs, records, counts } of panes) {
      const words = counts.flatMap(([word, count]) => new Array<string>(count).fill(word));
      if (records > 0) this.#window.record(startMs, words);
      for (let i = 1; i < records; i++) this.#window.record(startMs, []);
    }
    const partitions = this.#log.list.map(({ partition }) => `${partition}`);
    const { watermarkMs } = this.#log;
    const results = watermarkMs === -Infinity ? [] : this.#window.closeUntil(watermarkMs);
    for (const result of results) this.closed.push({ result, partitions });
  }
}

const anyPane: fc.Arbitrary<PlainPane> = fc.record({
  startMs: fc.integer({ min: -4, max: 22 }).map((n) => n * SLIDE_MS + 0),
  records: fc.integer({ min: 1, max: 3 }),
  counts: fc.uniqueArray(fc.tuple(fc.constantFrom(..."abcdefgh"), fc.integer({ min: 1, max: 4 })), {
    selector: ([word]) => word,
    maxLength: 6,
  }),
}).map(({ startMs, records, counts }) => {
  return { startMs, records, words: counts.reduce((sum, [, count]) => sum + count, 0), error: 0, counts };
});
const anyPanesOfReport = fc.uniqueArray(anyPane, { selector: ({ startMs }) => startMs, maxLength: 4 })
  .map((panes) => panes.toSorted((a, b) => a.startMs - b.startMs));

/** One record of the log, and the report that is complete with it. */
interface Part {
  readonly epoch: number;
  readonly value: Uint8Array;
  readonly completes: (Plain & { readonly firstOffset: number }) | undefined;
}

interface Mix {
  readonly maxPartBytes: number;
  /** Which of the members that have parts left is next. */
  readonly picks: readonly number[];
  /** Every report of which this is the number of is cut before its last part; 0: none. */
  readonly cutEvery: number;
}

const anyMix: fc.Arbitrary<Mix> = fc.record({
  maxPartBytes: fc.constantFrom(160, 200, 260, 100_000),
  picks: fc.array(fc.nat(2), { minLength: 200, maxLength: 200 }),
  cutEvery: fc.constantFrom(0, 0, 3, 5),
}, { noNullPrototype: true });

/** The parts of successive reports of different members may mix; a member's own stay in order. */
function recordsOf(reports: readonly Plain[], { maxPartBytes, picks, cutEvery }: Mix): Part[] {
  const records: Part[] = [];
  let pick = 0;
  let waiting: { report: Plain; parts: Uint8Array[]; firstOffset: number; isCut: boolean }[] = [];
  const drain = () => {
    while (waiting.length > 0) {
      const one = waiting[picks[pick++ % picks.length] % waiting.length];
      const value = one.parts.shift();
      if (value !== undefined) {
        if (one.firstOffset < 0) one.firstOffset = records.length;
        const isLast = one.parts.length === 0 && !one.isCut;
        records.push({
          epoch: one.report.head.epoch,
          value,
          completes: isLast ? { ...one.report, firstOffset: one.firstOffset } : undefined,
        });
      }
      waiting = waiting.filter(({ parts }) => parts.length > 0);
    }
  };
  reports.forEach((report, index) => {
    if (waiting.some((one) => one.report.head.member === report.head.member)) drain();
    const { words, panes } = packPanes(report.panes);
    const parts = encodeReport(report.head, panes, { words, fingerprint: FINGERPRINT, maxPartBytes })
      .map(({ value }) => value);
    const isCut = parts.length > 1 && cutEvery > 0 && index % cutEvery === 0;
    waiting.push({ report, parts: isCut ? parts.slice(0, -1) : parts, firstOffset: -1, isCut });
    if (waiting.length > 2) drain();
  });
  drain();
  return records;
}

const logs = fc.tuple(anyHeads, fc.array(anyPanesOfReport, { minLength: 40, maxLength: 40 }), anyMix).map(
  ([heads, panes, mix]) => {
    // A report that is sent again is the same.
    const contents = new Map<string, readonly PlainPane[]>();
    const reports = heads.map((head, i): Plain => {
      const key = `${head.member} ${head.number}`;
      const content = contents.get(key) ?? (head.isMarker ? [] : panes[i]);
      contents.set(key, content);
      return { head, panes: content };
    });
    return recordsOf(reports, mix);
  },
);

Deno.test("GroupWindows closes the windows of a naive recount, for any log", () => {
  fc.assert(
    fc.property(logs, (records) => {
      const reader = new Reader();
      const naive = new NaiveReader();
      records.forEach(({ epoch, value, completes }, offset) => {
        reader.take(value, offset);
        naive.meet(epoch);
        if (completes !== undefined) naive.take(completes, completes.firstOffset);
        assert.deepEqual(reader.closed, naive.closed);
      });
    }),
    { numRuns: 300 },
  );
});

Deno.test("GroupWindows closes the same windows from any offset that rebuildFrom() has named", () => {
  fc.assert(
    fc.property(logs, fc.nat(), (records, at) => {
      if (records.length === 0) return;
      const committed = at % records.length;
      const whole = new Reader();
      let commit = { from: 0, closedUntilMs: -Infinity, firstEndMs: -Infinity, closed: 0 };
      records.forEach(({ value }, offset) => {
        whole.take(value, offset);
        if (offset !== committed) return;
        const { closedUntilMs } = whole.group.window;
        const from = whole.group.rebuildFrom(closedUntilMs);
        commit = { from, closedUntilMs, firstEndMs: whole.group.firstEndMs, closed: whole.closed.length };
      });
      const later = new Reader(commit);
      records.forEach(({ value }, offset) => {
        if (offset >= commit.from) later.take(value, offset);
      });
      assert.deepEqual(later.closed, whole.closed.slice(commit.closed));
    }),
    { numRuns: 300 },
  );
});

Deno.test("GroupWindows holds no word when all windows have passed", () => {
  fc.assert(fc.property(logs, (records) => {
    const reader = new Reader();
    records.forEach(({ value }, offset) => reader.take(value, offset));
    const list = [{ topic: "t", partition: 0 }];
    const last = headOf({
      // The part of a report whose other parts are missing has an epoch, too.
      epoch: Math.max(0, ...records.map(({ epoch }) => epoch)) + 1,
      boundMs: 1_000_000,
      list,
      partitions: list.map((one) => ({ ...one, offset: 0 })),
    });
    const [{ value }] = encodeReport(last, [], { words: reader.words, fingerprint: FINGERPRINT });
    assert.equal(reader.take(value, records.length).kind, "taken");
    assert.deepEqual([reader.words.size, reader.group.stagedBytes], [0, 0]);
  }));
});

/** A member's reports come back some records later; some lack their last part. */
const anyOwnReports = fc.array(
  fc.record({
    panes: anyPanesOfReport,
    lag: fc.nat(3),
    isCut: fc.boolean(),
    hasReleased: fc.boolean(),
  }),
  { minLength: 40, maxLength: 40 },
);

Deno.test("GroupWindows takes parts that it expects as it takes those of others", () => {
  const sizes = fc.constantFrom(160, 200, 260, 100_000);
  fc.assert(fc.property(anyHeads, anyOwnReports, sizes, (heads, contents, maxPartBytes) => {
    const table = new WordTable();
    const [own, other] = [new Reader(), new Reader()];
    const waiting: Uint8Array[] = [];
    let offset = 0;
    const read = (left: number) => {
      while (waiting.length > left) {
        const [value] = waiting.splice(0, 1);
        assert.deepEqual(own.take(value, offset), other.take(value, offset));
        assert.equal(own.group.stagedBytes, other.group.stagedBytes);
        const { closedUntilMs } = other.group.window;
        assert.equal(own.group.rebuildFrom(closedUntilMs), other.group.rebuildFrom(closedUntilMs));
        offset++;
      }
    };
    heads.forEach((head, i) => {
      const { panes, lag, isCut, hasReleased } = contents[i];
      const packed = packPanes(head.isMarker ? [] : panes, table);
      const parts = encodeReport(head, packed.panes, {
        words: table,
        fingerprint: FINGERPRINT,
        maxPartBytes,
      });
      if (head.member === "a") own.group.expect(parts, table);
      waiting.push(...parts.slice(0, isCut ? parts.length - 1 : undefined).map(({ value }) => value));
      if (hasReleased) { for (let id = table.idLimit - 1; id >= 0; id--) table.release(id); }
      read(lag);
    });
    read(0);
    assert.deepEqual(own.closed, other.closed);
    // The tables are the same, too: ids decide between words with equal counts where a pane is full.
    assert.equal(own.words.idLimit, other.words.idLimit);
    for (let id = 0; id < own.words.idLimit; id++) {
      assert.equal(own.words.serial(id), other.words.serial(id));
      if (own.words.serial(id) >= 0) assert.equal(own.words.text(id), other.words.text(id));
    }
  }));
});

const LIST = [{ topic: "t", partition: 0 }, { topic: "t", partition: 1 }];
const P0 = { ...LIST[0], offset: 1 };
const P1 = { ...LIST[1], offset: 1 };

function valuesOf(
  head: Partial<ReportHead>,
  panes: readonly PlainPane[],
  maxPartBytes = 100_000,
): Uint8Array[] {
  const packed = packPanes(panes);
  return encodeReport(headOf({ list: LIST, ...head }), packed.panes, {
    words: packed.words,
    fingerprint: FINGERPRINT,
    maxPartBytes,
  }).map(({ value }) => value);
}

function paneOf(startMs: number, counts: readonly (readonly [string, number])[], error = 0): PlainPane {
  return { startMs, records: 1, words: counts.reduce((sum, [, count]) => sum + count, 0), error, counts };
}

Deno.test("GroupWindows adds the errors of full panes: no count is too low, none too high by more", () => {
  const reader = new Reader();
  const [a] = valuesOf({ member: "a", partitions: [P0], boundMs: 2 }, [paneOf(0, [["x", 5], ["y", 3]], 3)]);
  const [b] = valuesOf({ member: "b", partitions: [P1], boundMs: 2 }, [paneOf(0, [["x", 1], ["z", 2]])]);
  reader.take(a, 0);
  reader.take(b, 1);
  const [{ result }] = reader.closed;
  assert.deepEqual([result.words, result.error], [11, 3]);
  assert.deepEqual(result.top.map(({ word, count }) => [word, count]), [["x", 6], ["z", 5], ["y", 3]]);
});

Deno.test("GroupWindows adds the parts of a full pane as one run", () => {
  const counts = [..."abcdefghijklmnop"].map((letter): [string, number] => [letter.repeat(9), 4]);
  const parts = valuesOf({ partitions: [P0, P1], boundMs: 2 }, [paneOf(0, counts, 2)], 170);
  assert.ok(parts.length > 2);
  const reader = new Reader();
  parts.forEach((value, offset) => reader.take(value, offset));
  const [{ result }] = reader.closed;
  assert.deepEqual([result.words, result.records, result.distinct, result.error], [64, 1, 16, 2]);
  assert.ok(result.top.every(({ count }) => count === 4));
});

Deno.test("GroupWindows bounds the group's panes once more", () => {
  const reader = new Reader({ maxWords: 3 });
  const counts = [..."abcdefgh"].map((word, i): [string, number] => [word, i + 1]);
  reader.take(valuesOf({ partitions: [P0, P1], boundMs: 2 }, [paneOf(0, counts)])[0], 0);
  const [{ result }] = reader.closed;
  assert.deepEqual([result.words, result.distinct], [36, 3]);
  assert.ok(result.error > 0);
  for (const { word, count } of result.top) {
    const exact = new Map(counts).get(word) ?? 0;
    assert.ok(exact <= count && count <= exact + result.error);
  }
});

Deno.test("GroupWindows.take() names records that are no parts foreign, and counts nothing of them", () => {
  const reader = new Reader();
  const [value] = valuesOf({ partitions: [P0, P1], boundMs: 2 }, []);
  for (const foreign of [null, new Uint8Array(3), value.slice(1)]) {
    assert.deepEqual(reader.take(foreign, 0), { kind: "foreign" });
  }
  assert.deepEqual(reader.closed, []);
  assert.equal(reader.take(value, 3).kind, "taken");
});

Deno.test("GroupWindows.take() ignores a report that no member can have made, and says why", () => {
  const reader = new Reader();
  const impossible = valuesOf({ member: "b", partitions: [P0, P1], boundMs: 8e15 }, [paneOf(0, [["x", 1]])]);
  const record = reader.take(impossible[0], 0);
  assert.equal(record.kind, "foreign");
  assert.match("reason" in record ? record.reason ?? "" : "", /its bound is .* in the future/);
  assert.deepEqual([reader.closed, reader.group.marks.epoch], [[], 0]);
  assert.equal(reader.take(valuesOf({ partitions: [P0, P1], boundMs: 2 }, [])[0], 1).kind, "taken");
});

Deno.test("GroupWindows.take() bounds the partitions of reports whose last part never comes", () => {
  const list = Array.from({ length: 1_000 }, (_, partition) => ({ topic: "t", partition }));
  const words = [..."abcdefgh"].map((letter): [string, number] => [letter.repeat(9), 1]);
  const head = { list, partitions: list.map((one) => ({ ...one, offset: 1 })), boundMs: 2 };
  const reader = new Reader({ maxStagedBytes: 300_000 });
  const kinds = ["a", "b"].map((member, i) => {
    const [part, ...rest] = valuesOf({ ...head, member }, [paneOf(0, words)], 160);
    assert.ok(rest.length > 0);
    return reader.take(part, i).kind;
  });
  assert.deepEqual(kinds, ["part", "foreign"]);
});

Deno.test("GroupWindows drops the parts of a report when a newer epoch begins before its last part", () => {
  const reader = new Reader();
  const long = [..."abcdefghijklmnop"].map((letter): [string, number] => [letter.repeat(9), 1]);
  const parts = valuesOf({ member: "a", partitions: [P0, P1], boundMs: 2 }, [paneOf(0, long)], 170);
  reader.take(parts[0], 0);
  assert.ok(reader.group.stagedBytes > 0);
  reader.take(valuesOf({ epoch: 2, member: "b", isMarker: true, partitions: [P0, P1] }, [])[0], 1);
  assert.deepEqual([reader.group.stagedBytes, reader.words.size], [0, 0]);
  const kinds = parts.slice(1).map((value, i) => reader.take(value, 2 + i).kind);
  assert.deepEqual(new Set(kinds), new Set(["part"]), "without its first part the rest is nothing");
  assert.deepEqual(reader.closed, []);
});

Deno.test("GroupWindows bounds the bytes of reports whose last part has not come", () => {
  const reader = new Reader({ maxStagedBytes: 1_500 });
  const long = [..."abcdefghijklmnop"].map((letter): [string, number] => [letter.repeat(100), 1]);
  const parts = valuesOf({ member: "a", partitions: [P0, P1], boundMs: 2 }, [paneOf(0, long)], 400);
  const kinds = parts.map((value, offset) => reader.take(value, offset).kind);
  const foreign = kinds.indexOf("foreign");
  assert.ok(foreign > 1 && foreign < parts.length - 1, String(foreign));
  assert.deepEqual([reader.group.stagedBytes, reader.words.size, reader.closed], [0, 0, []]);
  const [next] = valuesOf({ number: 2, member: "a", partitions: [P0, P1], boundMs: 2 }, []);
  assert.equal(reader.take(next, parts.length).kind, "taken");
});

Deno.test("GroupWindows takes no report of an older epoch that ends between the parts of a newer one", () => {
  const long = [..."abcdefghijklmnop"].map((letter): [string, number] => [letter.repeat(9), 1]);
  const newer = valuesOf({ epoch: 2, member: "a", partitions: [P0], boundMs: 2 }, [paneOf(0, long)], 170);
  const [older] = valuesOf({ epoch: 1, member: "b", partitions: [P1], boundMs: 2 }, [paneOf(0, [["z", 1]])]);
  const reader = new Reader();
  const kinds = [newer[0], older, ...newer.slice(1)].map((value, offset) => reader.take(value, offset).kind);
  assert.deepEqual([kinds[1], kinds.at(-1)], ["outdated", "taken"]);
});

Deno.test("GroupWindows.take() refuses a record while the last one is not finished", () => {
  const reader = new Reader();
  const [value] = valuesOf({ partitions: [P0, P1], boundMs: 2 }, [paneOf(0, [["a", 1]])]);
  reader.group.take(value, 0, NOW_MS);
  assert.ok(reader.group.isBusy);
  assert.throws(() => reader.group.take(value, 1, NOW_MS), RangeError);
});

Deno.test("GroupWindows.advance() closes one window at a time", () => {
  const reader = new Reader();
  const panes = [0, 2, 4].map((startMs) => paneOf(startMs, [["a", 1]]));
  reader.group.take(valuesOf({ partitions: [P0, P1], boundMs: 6 }, panes)[0], 0, NOW_MS);
  const closed: number[] = [];
  while (reader.group.isBusy) {
    reader.group.advance();
    closed.push(reader.closed.length);
  }
  assert.deepEqual(closed, [1, 2, 3]);
});

Deno.test("GroupWindows begins with the latest first window that a member names, and forgets older panes", () => {
  const reader = new Reader();
  reader.take(
    valuesOf({ member: "a", partitions: [P0], boundMs: 20, firstEndMs: 8 }, [
      paneOf(0, [["a", 1]]),
      paneOf(6, [["b", 1]]),
    ])[0],
    0,
  );
  reader.take(valuesOf({ member: "b", partitions: [P1], boundMs: 14, firstEndMs: 12 }, [])[0], 1);
  assert.deepEqual(reader.closed.map(({ result: { endMs, words } }) => [endMs, words]), [[12, 1], [14, 1]]);
  assert.equal(reader.words.size, 1);
});

Deno.test("GroupWindows.lose() leaves out the windows that may need a lost report, and keeps its place until they are known", () => {
  const reader = new Reader({ closedUntilMs: 10 });
  const { group } = reader;
  group.lose({ logFrom: 3, logEnd: 8 });
  let offset = 5;
  const report = (head: Partial<ReportHead>, panes: readonly PlainPane[] = []) => {
    reader.take(valuesOf({ cutMs: (head.boundMs ?? 0) + 2, ...head }, panes)[0], offset++);
  };
  const both = { member: "z", partitions: [P0, P1] };
  report({ ...both, boundMs: 12 }, [paneOf(10, [["lost", 1]])]);
  // A lost marker may have made it void.
  report({ ...both, number: 2, boundMs: 14 }, [paneOf(12, [["void", 1]])]);
  report({ member: "y", epoch: 2, partitions: [P0], boundMs: 12 });
  report({ member: "a", epoch: 3, partitions: [P0], boundMs: 16 }, [paneOf(14, [["a", 1]])]);
  assert.equal(group.rebuildFrom(10), 3, "not every partition has been reported again");
  report({ member: "b", epoch: 3, partitions: [P1], boundMs: 16, cutMs: 18 });
  assert.deepEqual([group.firstEndMs, reader.closed.length], [18 + LENGTH_MS, 0]);
  assert.equal(group.rebuildFrom(10), 8);
  report({ member: "a", epoch: 3, number: 2, partitions: [P0], boundMs: 28 }, [
    paneOf(16, [["a", 1]]),
    paneOf(18, [["b", 1]]),
  ]);
  report({ member: "b", epoch: 3, number: 2, partitions: [P1], boundMs: 28 }, [paneOf(24, [["b", 1]])]);
  const closed = reader.closed.map(({ result: { endMs, top } }) => [endMs, top]);
  assert.deepEqual(closed, [[26, [{ word: "b", count: 2 }]], [28, [{ word: "b", count: 1 }]]]);
});
