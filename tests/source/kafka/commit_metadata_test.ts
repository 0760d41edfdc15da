import assert from "node:assert/strict";
import fc from "fast-check";
import { type FutureStep, MAX_FUTURE_STEPS } from "../../../lib/records/future_skips.ts";
import { formatCommitMetadata, parseCommitMetadata } from "../../../lib/source/kafka/commit_metadata.ts";

const base = { lengthMs: 60_000, slideMs: 2_000, replayFrom: 17 };

for (
  const [name, metadata, text] of [
    [
      "a closed window",
      { ...base, closedUntilMs: 4_000, firstEndMs: 2_000 },
      '{"v":1,"window_end":4000,"length":60000,"slide":2000,"replay_from":17}',
    ],
    [
      "a first window to come",
      { ...base, closedUntilMs: -Infinity, firstEndMs: 2_000 },
      '{"v":1,"window_end":null,"length":60000,"slide":2000,"replay_from":17,"first_end":2000}',
    ],
    [
      "a window closed by others, before the first one that is whole",
      { ...base, closedUntilMs: 4_000, firstEndMs: 8_000 },
      '{"v":1,"window_end":4000,"length":60000,"slide":2000,"replay_from":17,"first_end":8000}',
    ],
    [
      "a watermark, and the records skipped as future",
      {
        ...base,
        closedUntilMs: 4_000,
        firstEndMs: -Infinity,
        notes: {
          watermarkMs: 5_000.5,
          future: [{ offset: 18, fromMs: 90_000 }, { offset: 21, fromMs: Infinity }],
        },
      },
      '{"v":1,"window_end":4000,"length":60000,"slide":2000,"replay_from":17,"watermark":5000,' +
      '"future":[[18,90000],[21,null]]}',
    ],
    [
      "windows of all partitions",
      { ...base, closedUntilMs: 4_000, firstEndMs: -Infinity, wholeUntilMs: 2_000 },
      '{"v":1,"window_end":4000,"length":60000,"slide":2000,"replay_from":17,"whole_until":2000}',
    ],
    [
      "reported counts",
      {
        ...base,
        closedUntilMs: 4_000,
        firstEndMs: -Infinity,
        reported: { openFrom: 20, cutMs: 6_000, logFrom: 300 },
      },
      '{"v":1,"window_end":4000,"length":60000,"slide":2000,"replay_from":17,"open_from":20,"reported":6000,' +
      '"log_from":300}',
    ],
    [
      "the beginning of a log",
      { ...base, closedUntilMs: -Infinity, firstEndMs: -Infinity },
      '{"v":1,"window_end":null,"length":60000,"slide":2000,"replay_from":17}',
    ],
  ] as const
) {
  Deno.test(`formatCommitMetadata() writes ${name}`, () =>
    assert.equal(formatCommitMetadata(metadata), text));
}

for (
  const text of [
    "",
    "null",
    "7",
    "not ours",
    "{}",
    '{"v":2,"window_end":4000,"length":60000,"slide":2000,"replay_from":17}',
    '{"v":1,"window_end":"4000","length":60000,"slide":2000,"replay_from":17}',
    '{"v":1,"window_end":1e400,"length":60000,"slide":2000,"replay_from":17}',
    '{"v":1,"window_end":4000,"length":0,"slide":2000,"replay_from":17}',
    '{"v":1,"window_end":4000,"length":60000,"slide":2000,"replay_from":-1}',
    '{"v":1,"window_end":null,"length":60000,"slide":2000,"replay_from":17,"first_end":null}',
  ]
) {
  Deno.test(`parseCommitMetadata() ignores ${text === "" ? "an empty text" : text}`, () => {
    assert.equal(parseCommitMetadata(text), undefined);
  });
}

Deno.test("parseCommitMetadata() reads what formatCommitMetadata() writes, the first end only where it matters", () => {
  const end = fc.oneof(fc.constant(-Infinity), fc.maxSafeInteger());
  const step = fc.record({
    offset: fc.maxSafeNat(),
    fromMs: fc.oneof(fc.constant(Infinity), fc.maxSafeInteger()),
  });
  const ascending = (steps: readonly FutureStep[]) =>
    steps.toSorted((a, b) => a.offset - b.offset).map(({ offset, fromMs }) => ({ offset, fromMs }));
  const metadata = fc.record({
    closedUntilMs: end,
    firstEndMs: end,
    lengthMs: fc.integer({ min: 1 }),
    slideMs: fc.integer({ min: 1 }),
    replayFrom: fc.maxSafeNat(),
    reported: fc.record(
      { openFrom: fc.maxSafeNat(), cutMs: end, logFrom: fc.maxSafeNat() },
      { noNullPrototype: true },
    ),
    notes: fc.record({
      watermarkMs: fc.maxSafeInteger(),
      future: fc.array(step, { maxLength: 5 }).map(ascending),
    }, { noNullPrototype: true }),
  });
  fc.assert(fc.property(metadata, (written) => {
    const isBound = written.firstEndMs > written.closedUntilMs + written.slideMs;
    const firstEndMs = isBound ? written.firstEndMs : -Infinity;
    assert.deepEqual(parseCommitMetadata(formatCommitMetadata(written)), { ...written, firstEndMs });
  }));
});

const V1 = '"v":1,"window_end":4000,"length":60000,"slide":2000,"replay_from":17';
const manySteps = JSON.stringify(Array.from({ length: MAX_FUTURE_STEPS + 1 }, (_, offset) => [offset, 1]));

for (
  const notes of [
    '"watermark":"x"',
    '"watermark":1e300',
    '"watermark":null',
    '"future":7',
    '"future":[7]',
    '"future":[["a",1]]',
    '"future":[[-1,1]]',
    '"future":[[1,1.5]]',
    '"future":[[2,1],[1,1]]',
    `"future":${manySteps}`,
  ]
) {
  Deno.test(`parseCommitMetadata() reads metadata without notes where they are ${notes.slice(0, 60)}`, () => {
    const metadata = parseCommitMetadata(`{${V1},${notes}}`);
    assert.deepEqual(metadata, { ...base, closedUntilMs: 4_000, firstEndMs: -Infinity });
  });
}

for (
  const [claimed, found] of [["9e15", 4_000], ["4000", 4_000], ["2000", 2_000], ['"2000"', undefined], [
    "1e400",
    undefined,
  ]] as const
) {
  Deno.test(`parseCommitMetadata() believes in no newer window of all partitions than of one: ${claimed}`, () => {
    const text = '{"v":1,"window_end":4000,"length":60000,"slide":2000,"replay_from":17,' +
      `"whole_until":${claimed}}`;
    assert.equal(parseCommitMetadata(text)?.wholeUntilMs, found);
  });
}
