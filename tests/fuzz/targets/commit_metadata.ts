// The metadata of a commit, which any tool may have written: it is read as a whole or not at all.

import assert from "node:assert/strict";
import { formatCommitMetadata, parseCommitMetadata } from "../../../lib/source/kafka/commit_metadata.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

export const commitMetadata: FuzzTarget = {
  name: "commit-metadata",
  seedCorpus: encodeAll([
    '{"v":1,"window_end":1700000000000,"length":60000,"slide":2000,"replay_from":17}',
    '{"v":1,"window_end":null,"length":60000,"slide":2000,"replay_from":0,"first_end":1700000060000}',
    "",
    "null",
    "consumer-1",
  ]),
  dictionary: encodeAll(['"first_end":', '"replay_from":', "null", "{}", "[]", "1e300"]),
  run(bytes) {
    const metadata = parseCommitMetadata(new TextDecoder().decode(bytes));
    if (metadata === undefined) return;
    const { closedUntilMs, firstEndMs, lengthMs, slideMs, replayFrom } = metadata;
    for (const ms of [closedUntilMs, firstEndMs]) assert.ok(ms === -Infinity || Number.isSafeInteger(ms));
    for (const ms of [lengthMs, slideMs]) assert.ok(Number.isSafeInteger(ms) && ms > 0);
    assert.ok(Number.isSafeInteger(replayFrom) && replayFrom >= 0);
    // Values without effect are not written, and JSON writes -0 as 0.
    const isBound = firstEndMs > closedUntilMs + slideMs;
    const wanted = {
      closedUntilMs: closedUntilMs + 0,
      firstEndMs: isBound ? firstEndMs + 0 : -Infinity,
      lengthMs,
      slideMs,
      replayFrom: replayFrom + 0,
    };
    assert.deepEqual(parseCommitMetadata(formatCommitMetadata(metadata)), wanted);
  },
};
