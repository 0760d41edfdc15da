import assert from "node:assert/strict";
import fc from "fast-check";
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
  const metadata = fc.record({
    closedUntilMs: end,
    firstEndMs: end,
    lengthMs: fc.integer({ min: 1 }),
    slideMs: fc.integer({ min: 1 }),
    replayFrom: fc.maxSafeNat(),
  });
  fc.assert(fc.property(metadata, (written) => {
    const isBound = written.firstEndMs > written.closedUntilMs + written.slideMs;
    const firstEndMs = isBound ? written.firstEndMs : -Infinity;
    assert.deepEqual(parseCommitMetadata(formatCommitMetadata(written)), { ...written, firstEndMs });
  }));
});
