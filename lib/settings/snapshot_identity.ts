// snapshotIdentity lists the settings that the counts of a snapshot depend on. A snapshot is not restored after one of
// them has changed.

import { createHash } from "node:crypto";
import { textOf } from "../config/config_file.ts";
import { importedFiles, SCHEMA_FILE_KEY } from "../config/schema_file.ts";
import type { Config } from "../config/schema.ts";
import type { SnapshotIdentity } from "../snapshot/snapshot.ts";

/** They decide when a window closes and which records are late or future. The counts themselves do not depend on them. */
const WINDOW_KEYS_LEFT_OUT = new Set(["lateness", "idle", "max_future"]);
/** The runtime decides which words the segmenter finds, so they can change with it. */
const SEGMENTER_RUNTIME: SnapshotIdentity = { "words.segmenter.runtime": Deno.version.v8 };
/** The content of the file is a part of `stop_words`. */
const WORD_KEYS_LEFT_OUT = new Set(["stop_words_file"]);

/**
 * The keys that decide which records are read, how they become words and how words are counted. After a change of one
 * of them the counts of a snapshot are not those of a recount.
 */
export function snapshotIdentity(config: Config): SnapshotIdentity {
  const { source, records, words, window } = config;
  const { group, isolation, check_crcs } = source.kafka ?? {};
  return {
    ...fingerprints("source.kafka", { group, isolation, check_crcs }, new Set()),
    ...fingerprints("records", { ...records, ...schemasOf(config) }, new Set()),
    ...fingerprints("words", words, WORD_KEYS_LEFT_OUT),
    ...(words.segmenter === undefined ? {} : SEGMENTER_RUNTIME),
    ...fingerprints("window", window, WINDOW_KEYS_LEFT_OUT),
  };
}

/** The schemas themselves, wherever they come from: the number of a schema means the same at each address of a registry. */
function schemasOf({ records: { schema_file, schema_registry }, files = [] }: Config): object {
  return {
    schema_file: schema_file === undefined
      ? undefined
      : [textOf(SCHEMA_FILE_KEY, schema_file, files), ...importedFiles(files).map(({ text }) => text)],
    schema_registry: schema_registry.url === undefined ? undefined : true,
  };
}

function fingerprints(path: string, values: object, leftOut: ReadonlySet<string>): SnapshotIdentity {
  const entries = Object.entries(values)
    .filter(([key, value]) => value !== undefined && !leftOut.has(key))
    .map(([key, value]) => [`${path}.${key}`, fingerprint(value)]);
  return Object.fromEntries(entries);
}

/** Lists can be long, and their order has no meaning. */
function fingerprint(value: unknown): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  return createHash("sha256").update(JSON.stringify(value.toSorted())).digest("hex");
}
