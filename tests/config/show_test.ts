import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { formatDuration } from "../../lib/text/duration.ts";
import { parseConfig } from "../../lib/config/load.ts";
import type { Config } from "../../lib/config/schema.ts";
import { formatConfig, showConfig } from "../../lib/config/show.ts";
import { formatSize } from "../../lib/text/size.ts";

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12, unit: "binary" }),
  fc.constantFrom(
    "${X}",
    "$${",
    "$$${",
    "true",
    "5",
    "~",
    "null",
    "- a",
    "a: b",
    "#",
    "'",
    '"',
    " ",
    "\n",
    "0x1",
    "1e3",
  ),
);
const name = text.filter((text) => !/\p{Cc}/u.test(text));
const duration = fc.integer({ min: 1, max: 30_000 }).map(formatDuration);
const rate = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
const optional = { requiredKeys: [] };

const file = fc.record({
  name,
  source: fc.oneof(
    fc.record({
      kafka: fc.record({
        brokers: fc.constant(["a:1", "[::1]:2"]),
        topics: fc.constant(["t", "/a.*\\d/"]),
        group: name,
        start: fc.constantFrom("window", "earliest", "latest"),
        check_crcs: fc.boolean(),
        max_bytes_per_partition: fc.integer({ min: 1, max: 2 ** 26 }).map(formatSize),
        max_wait: duration,
        tls: fc.record({ enabled: fc.constant(true), ca_file: text, verify: fc.boolean() }),
        sasl: fc.record({ mechanism: fc.constant("oauthbearer"), token_file: text }),
      }, { requiredKeys: ["brokers", "topics"] }),
    }),
    fc.record({ lines: fc.record({ path: text }) }),
    fc.record({
      synthetic: fc.record({
        tasks: fc.uniqueArray(fc.record({ name, rate: fc.nat(1000) }), {
          minLength: 1,
          selector: ({ name }) => name,
        }),
        random_seed: fc.nat(),
      }, optional),
    }),
  ),
  records: fc.record({
    format: fc.constant("json"),
    where: fc.constantFrom(
      [{ field: "$.a", min: 1, max: 2.5 }, { header: "${h}", in: ["a", 1, true] }],
      [{ key: true, matches: "\\${2}" }, { field: "$", exists: false }],
      [{ header: "h", not_equals: "" }],
    ),
    timestamp_format: fc.constantFrom("unix", "rfc3339"),
    timestamp: fc.constant("$.t"),
  }, { requiredKeys: ["format", "timestamp"] }),
  words: fc.oneof(
    fc.record({
      separator: text.filter((text) =>
        new TextEncoder().encode(text).length <= 16 && !/\\[a-zA-Z]/.test(text)
      ),
    }),
    fc.record({ pattern: fc.constantFrom("[\\p{L}]+", "\\${2}", "a|b") }),
    fc.record({ segmenter: fc.constant("unicode"), locale: fc.constantFrom("und", "zh-Hant") }, {
      requiredKeys: ["segmenter"],
    }),
    fc.record({
      from: fc.constant("field"),
      fields: fc.constant(["$.a", "$.b"]),
      joiner: fc.constantFrom("", " ", "\t"),
      weight: fc.constant("$.n"),
      replace: fc.constantFrom([], [{ pattern: "\\d+", with: "${N}" }, { pattern: "a" }]),
    }, { requiredKeys: ["from", "fields"] }),
    fc.record({ from: fc.constant("header"), header: text }),
    fc.record({ from: fc.constant("key"), key_format: fc.constantFrom("int32", "hex") }),
    fc.record({ from: fc.constant("field"), field: fc.constantFrom("$", "$['${a}'][*]") }, {
      requiredKeys: ["from"],
    }),
    fc.record(
      { stop_words: fc.array(text), lowercase: fc.boolean(), from: fc.constantFrom("key", "value") },
      optional,
    ),
  ),
  window: fc.record(
    { time: fc.constant("event"), lateness: duration, idle: duration },
    optional,
  ),
  rate: fc.record({ min: rate, initial: rate, interval: fc.constantFrom("10ms", "1h") }, optional),
  state: fc.record({ dir: text, interval: fc.constantFrom("100ms", "1d") }, optional),
  log: fc.record({ level: fc.constantFrom("debug", "error") }, optional),
}, { requiredKeys: ["source", "records"] });

/** Hints have places in the file, which are others after it has been written. */
function withoutPlaces(config: Config) {
  return { ...config, hints: config.hints?.map(({ path, message }) => [path, message]) };
}

Deno.test("formatConfig() writes a file that loads to the same configuration", () => {
  fc.assert(fc.property(file, (file) => {
    const raw = JSON.stringify(
      file,
      (_, value) => typeof value === "string" ? value.replaceAll("${", () => "$${") : value,
    );
    const config = parseConfig(raw);
    assert.deepEqual(withoutPlaces(parseConfig(formatConfig(config))), withoutPlaces(config));
  }));
});

Deno.test("formatConfig() shows the defaults, with units, and absent keys without a value", () => {
  const yaml = formatConfig(parseConfig("source: {lines: {}}"));
  assert.match(yaml, /^ {2}length: 60s$/m);
  assert.match(yaml, /^ {2}max_record_bytes: 1MiB$/m);
  assert.match(yaml, /^ {2}max:$/m);
  assert.doesNotMatch(yaml, /brokers|synthetic|pattern/);
  assert.deepEqual(Object.keys(parse(yaml)), [
    "name",
    "source",
    "records",
    "words",
    "window",
    "top",
    "rate",
    "rising",
    "new_words",
    "state",
    "merge",
    "http",
    "output",
    "metrics",
    "log",
  ]);
});

Deno.test("showConfig() returns the same as plain values, with unescaped text", () => {
  const config = parseConfig("name: a$${b}\nsource: {lines: {}}");
  const shown = showConfig(config);
  assert.deepEqual(JSON.parse(JSON.stringify(shown)), shown);
  assert.deepEqual(shown, { ...parse(formatConfig(config)), name: "a${b}" });
});
