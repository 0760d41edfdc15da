import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/load.ts";
import { snapshotIdentity } from "../../lib/settings/snapshot_identity.ts";

function identityOf(overrides: Readonly<Record<string, unknown>> = {}) {
  const base = { source: { kafka: { brokers: ["a:1"], topics: ["t"] } } };
  return snapshotIdentity(parseConfig(JSON.stringify({ ...base, ...overrides })));
}

const kafka = { brokers: ["a:1"], topics: ["t"] };
const lists = { a: ["x", "y"], b: ["y", "x"] };

Deno.test("snapshotIdentity() changes with every key that the counts depend on", () => {
  const rows: [Readonly<Record<string, unknown>>, string[]][] = [
    [{ words: { separator: ";" } }, ["words.separator"]],
    [{ words: { pattern: "a" } }, ["words.pattern", "words.separator"]],
    [{ words: { segmenter: "unicode" } }, [
      "words.locale",
      "words.segmenter",
      "words.segmenter.runtime",
      "words.separator",
    ]],
    [{ records: { format: "json" } }, ["records.format"]],
    [{ records: { where: [{ key: true, exists: true }] } }, ["records.where"]],
    [{ records: { format: "json", timestamp: "$.t" } }, [
      "records.format",
      "records.timestamp",
      "records.timestamp_format",
    ]],
    [{ records: { format: "json" }, words: { weight: "$.n", replace: [{ pattern: "a" }] } }, [
      "records.format",
      "words.replace",
      "words.weight",
    ]],
    [{ words: { from: "key", key_format: "hex" } }, ["words.from", "words.key_format"]],
    [{ words: { from: "header", header: "h" } }, ["words.from", "words.header"]],
    [{ records: { format: "json" }, words: { from: "field" } }, [
      "records.format",
      "words.field",
      "words.from",
    ]],
    [{ words: { from: "key", lowercase: true } }, ["words.from", "words.lowercase"]],
    [{ words: { stop_words: lists.a } }, ["words.stop_words"]],
    [{ words: { max_record_bytes: "1KiB" } }, ["words.max_record_bytes"]],
    [{ window: { length: "30s" } }, ["window.length"]],
    [{ window: { slide: "1s" } }, ["window.slide"]],
    [{ window: { time: "processing" } }, ["window.time"]],
    [{ window: { max_words: 5 } }, ["window.max_words"]],
    [{ source: { kafka: { ...kafka, group: "other" } } }, ["source.kafka.group"]],
    [{ source: { kafka: { ...kafka, isolation: "read_uncommitted" } } }, ["source.kafka.isolation"]],
    [{ source: { kafka: { ...kafka, check_crcs: false } } }, ["source.kafka.check_crcs"]],
  ];
  const before = identityOf();
  for (const [overrides, keys] of rows) {
    const after = identityOf(overrides);
    const changed = Object.keys({ ...before, ...after }).filter((key) => before[key] !== after[key]);
    assert.deepEqual(changed.sort(), keys, JSON.stringify(overrides));
  }
});

Deno.test("snapshotIdentity() ignores keys that change no count", () => {
  const rows = [
    { window: { lateness: "5s", idle: "1s", max_future: "1h" } },
    { top: 5, rate: { max: 70 }, http: { listen: "127.0.0.1:0" }, log: { level: "debug" } },
    { state: { dir: "/elsewhere", interval: "1s" }, output: { console: false } },
    {
      source: {
        kafka: { ...kafka, brokers: ["b:1"], start: "latest", max_wait: "1s", topics: ["t", "/u/"] },
      },
    },
  ];
  for (const overrides of rows) {
    assert.deepEqual(identityOf(overrides), identityOf(), JSON.stringify(overrides));
  }
  const japanese = identityOf({ words: { segmenter: "unicode", locale: "ja" } });
  assert.notEqual(japanese["words.locale"], identityOf({ words: { segmenter: "unicode" } })["words.locale"]);
  assert.deepEqual(
    identityOf({ words: { stop_words: lists.a } }),
    identityOf({ words: { stop_words: lists.b } }),
  );
});
