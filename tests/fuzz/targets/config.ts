// The configuration. All errors come as one ConfigError with places in the file, and a valid configuration is written as
// it was read.

import assert from "node:assert/strict";
import { parseConfig } from "../../../lib/config/load.ts";
import type { Config } from "../../../lib/config/schema.ts";
import { formatConfig, revealConfig } from "../../../lib/config/show.ts";
import { ConfigError } from "../../../lib/config/config_error.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const FULL = `name: job
source:
  kafka:
    brokers: [127.0.0.1:9092, "[::1]:9092"]
    topics: [raw-events, /logs-.*/]
    max_wait: 500ms
    sasl: {mechanism: plain, username: "\${USER}", password: x}
words: {separator: ",", stop_words: [the, "\${USER}"], max_record_bytes: 1MiB}
window: {length: 60s, slide: 2s}
rate: &rate {min: 10, initial: 1000, pid: {proportional: 1, integral: 0.2}}
`;
const MERGED = `base: &base {rate: 300, name: a}
source: {synthetic: {tasks: [&task {name: t, rate: 300}, {<<: *task, name: u}, {<<: [*task, *base]}]}}
window:
  length: |
    60s
  slide:
`;
const ENVIRONMENT: Readonly<Record<string, string>> = { USER: "alice", EMPTY: "", ODD: "${USER}\n: [" };
/** The length of all problems together: they may quote the text, but not repeatedly. */
const MAX_MESSAGE_CHARACTERS = 10_000;
const MAX_MESSAGE_PER_CHARACTER = 100;

export const configFile: FuzzTarget = {
  name: "config-file",
  seedCorpus: encodeAll([
    FULL,
    MERGED,
    "source: {lines: {path: '-'}}\nwords: {pattern: '[a-z]+'}\ntop: 5\n",
    "--- !!map\n? [a]\n: b\n... # end\n",
    "",
  ]),
  dictionary: encodeAll([
    "&a ",
    "*a",
    "<<: *a",
    "${USER}",
    "$${",
    "${ODD}",
    "!!binary ",
    "|\n",
    "? ",
    "- ",
    ": ",
  ])
    .concat(
      encodeAll(["\n  ", "{", "[", "}", "]", "'", '"', "\t", "#", "---\n", "%YAML 1.1\n", "__proto__: "]),
    )
    .concat(
      encodeAll(["source:\n", "kafka:\n", "1e999", "0x7f", ".inf", ".nan", "60s", "1GiB", "true", "~"]),
    ),
  maxBytes: 256 * 1024,
  // The YAML library takes up to 15 µs and 1 KB per byte of broken YAML: it makes an error object per bracket.
  maxMs: 10_000,
  maxMemoryPerByte: 1024,
  run(bytes) {
    const text = new TextDecoder().decode(bytes);
    check(() => parseConfig(text, { file: "fuzzed.yaml", env: environment }), text);
  },
};

const BASE = "source: {synthetic: {}}\n";

export const configSettings: FuzzTarget = {
  name: "config-settings",
  seedCorpus: encodeAll([
    "rate.max=100\nwindow.length=2m\nwindow.slide=1s",
    "source.synthetic.tasks.0.rate=7\nsource.synthetic.tasks.1={name: b, rate: 3}",
    "source.kafka.brokers=[a:1]\nsource.kafka.topics.0=t\nwords.separator=",
    "words.stop_words=[a, b]\nwords.pattern=x+\nstate.dir=/tmp",
    "source.kafka.sasl.password=hunter2",
  ]),
  dictionary: encodeAll(["source.", "kafka.", "lines.path=", ".0", ".1", "=", "={}", "=[]", "=&a [*a]", "\n"])
    .concat(encodeAll(["__proto__.x=1", "constructor=1", "source=", "rate.pid=", "=null", "=!!map {}"])),
  maxBytes: 64 * 1024,
  maxMs: 5_000,
  run(bytes) {
    const text = new TextDecoder().decode(bytes);
    check(
      () => parseConfig(BASE, { file: "base.yaml", sets: text.split("\n"), env: environment }),
      BASE + text,
    );
  },
};

function environment(name: string): string | undefined {
  return Object.hasOwn(ENVIRONMENT, name) ? ENVIRONMENT[name] : undefined;
}

function check(parse: () => Config, text: string): void {
  const lineCount = text.split(/\r?\n|\r/).length;
  let config: Config;
  try {
    config = parse();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error instanceof Error ? error.stack : error));
    assert.ok(error.problems.length > 0, "no problem is reported");
    for (const { line = 1, column = 1, message } of error.problems) {
      assert.ok(line >= 1 && line <= lineCount && column >= 1, `line ${line}, column ${column}`);
      assert.ok(message.length > 0);
    }
    const { length } = error.message;
    assert.ok(
      length <= MAX_MESSAGE_CHARACTERS + MAX_MESSAGE_PER_CHARACTER * text.length,
      `${length} characters`,
    );
    return;
  }
  assert.equal(Object.getPrototypeOf({}), Object.prototype);
  const again = parseConfig(formatConfig(config));
  // Compare all values except secrets, which are not shown.
  const hidden = (shown: Config) =>
    JSON.stringify(revealConfig(shown)).replace(/"password":"[^"\\]*(?:\\.[^"\\]*)*"/g, "");
  assert.equal(hidden(again), hidden(config));
}
