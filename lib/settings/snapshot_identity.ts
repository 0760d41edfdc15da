import { createHash } from "node:crypto";
import type { Config } from "../config/schema.ts";
import type { SnapshotIdentity } from "../snapshot/snapshot.ts";

/** They decide when a window closes and which records come too late or too early for it: no other count is touched. */
const WINDOW_KEYS_LEFT_OUT = new Set(["lateness", "idle", "max_future"]);
/** What the segmenter takes for words is for its runtime to say, and may change with it. */
const SEGMENTER_RUNTIME: SnapshotIdentity = { "words.segmenter.runtime": Deno.version.v8 };
/** What is in the file has become part of `stop_words`. */
const WORD_KEYS_LEFT_OUT = new Set(["stop_words_file"]);

/**
 * The part of the configuration that a snapshot's counts hang on: which records are read, what their words are, how they
 * are held. With any of it changed, counting on from the snapshot would give what no recount gives.
 */
export function snapshotIdentity({ source, words, window }: Config): SnapshotIdentity {
  const { group, isolation, check_crcs } = source.kafka ?? {};
  return {
    ...fingerprints("source.kafka", { group, isolation, check_crcs }, new Set()),
    ...fingerprints("words", words, WORD_KEYS_LEFT_OUT),
    ...(words.segmenter === undefined ? {} : SEGMENTER_RUNTIME),
    ...fingerprints("window", window, WINDOW_KEYS_LEFT_OUT),
  };
}

function fingerprints(path: string, values: object, leftOut: ReadonlySet<string>): SnapshotIdentity {
  const entries = Object.entries(values)
    .filter(([key, value]) => value !== undefined && !leftOut.has(key))
    .map(([key, value]) => [`${path}.${key}`, fingerprint(value)]);
  return Object.fromEntries(entries);
}

/** Lists may be long, and what order they are in means nothing. */
function fingerprint(value: unknown): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  return createHash("sha256").update(JSON.stringify(value.toSorted())).digest("hex");
}
