import assert from "node:assert/strict";
import fc from "fast-check";
import { loadConfig, parseConfig, type ParseConfigOptions } from "../../lib/config/load.ts";
import { ConfigError } from "../../lib/config/config_error.ts";

const LINES = "source: {lines: {}}\n";
const PATH = "$ and then .name, ['name'], [index], [start:end:step] or [*]: RFC 9535 without .. and filters";
const KAFKA = "source: {kafka: {brokers: ['127.0.0.1:9092'], topics: [raw, /^out-.*/]}}\n";

/** The problems of a text, a line each, without the file's name. */
function problemsOf(text: string, options: ParseConfigOptions = {}): string[] {
  try {
    parseConfig(text, { file: "f.yaml", ...options });
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split("\n").map((line) => line.replace(/^f\.yaml:/, ""));
  }
  return [];
}

function env(variables: Record<string, string>): (name: string) => string | undefined {
  return (name) => variables[name];
}

Deno.test("parseConfig() fills in the defaults", () => {
  const { name, source, words, window, top, rate, http, output, log } = parseConfig(
    "source: {kafka: {brokers: ['127.0.0.1:9092'], topics: [raw-events]}}",
  );
  assert.equal(name, "rtcount");
  assert.deepEqual(source.kafka, {
    brokers: ["127.0.0.1:9092"],
    topics: ["raw-events"],
    group: "rtcount",
    start: "window",
    isolation: "read_committed",
    check_crcs: true,
    max_bytes_per_partition: 262_144,
    max_wait: 500,
    metadata_interval: 30_000,
    session_timeout: 10_000,
    tls: { enabled: false, verify: true },
    sasl: {},
  });
  assert.equal(words.separator, ",");
  assert.equal(words.pattern, undefined);
  assert.equal(words.max_record_bytes, 1_048_576);
  assert.deepEqual(window, {
    length: 60_000,
    slide: 2000,
    time: "event",
    lateness: 2000,
    idle: 10_000,
    max_future: 60_000,
    max_words: 100_000,
    max_word_bytes: 64 * 2 ** 20,
  });
  assert.equal(top, 20);
  assert.deepEqual(rate, {
    backpressure: true,
    min: 10,
    initial: 1000,
    interval: 1000,
    pid: { proportional: 1, integral: 0.2, derivative: 0 },
  });
  assert.equal(http.listen, "127.0.0.1:8000");
  assert.deepEqual(output, { console: true, kafka: {}, dead_letters: {} });
  assert.deepEqual(log, { level: "info", format: "text" });
});

Deno.test("parseConfig() uses the job's name for the group", () => {
  const kafka = "{brokers: ['a:1'], topics: [t]}";
  assert.equal(parseConfig(`name: job\nsource: {kafka: ${kafka}}`).source.kafka?.group, "job");
});

Deno.test("parseConfig() treats a key without a value as absent, at every level", () => {
  const config = parseConfig(
    `name:\nsource: {kafka: , lines: {path: }}\nrate:\nwindow: {length: ~, slide: null}\nhttp: {}\n`,
  );
  assert.deepEqual(config, parseConfig(LINES));
});

Deno.test("parseConfig() removes the default separator where a pattern is given", () => {
  const { words } = parseConfig(`${LINES}words: {pattern: '\\p{L}+'}`);
  assert.equal(words.separator, undefined);
  assert.equal(words.pattern, "\\p{L}+");
});

Deno.test("parseConfig() accepts tabs and single backslashes as separators", () => {
  for (const [text, separator] of [['"\\t"', "\t"], ["'\\'", "\\"], ['"\\n\\n"', "\n\n"], ["'\\|'", "\\|"]]) {
    assert.equal(parseConfig(`${LINES}words: {separator: ${text}}`).words.separator, separator);
  }
});

Deno.test("parseConfig() hints that a separator without a value is the default", () => {
  const hint = {
    file: "f",
    line: 2,
    column: 9,
    path: "words.separator",
    message: 'has no value, so it is ",", wanted a value or no such key',
  };
  for (const value of ["", "~", "null"]) {
    const { words, hints } = parseConfig(`${LINES}words: {separator: ${value}}`, { file: "f" });
    assert.deepEqual([words.separator, hints], [",", [hint]]);
  }
  for (const words of ["{}", "{separator: x}", "{separator: , pattern: x}"]) {
    assert.equal(parseConfig(`${LINES}words: ${words}`).hints?.length, 0, words);
  }
  assert.equal(parseConfig(`${LINES}words: {separator: }`, { sets: ["words.separator=;"] }).hints?.length, 0);
});

Deno.test("parseConfig() sets field only with from: field, and locale only with a segmenter", () => {
  const words = (text: string) => {
    const { from, field, separator, segmenter, locale } = parseConfig(
      `${LINES}records: {format: json}\nwords: {${text}}`,
    ).words;
    return [from, field, separator, segmenter, locale];
  };
  assert.deepEqual(words(""), ["value", undefined, ",", undefined, undefined]);
  assert.deepEqual(words("from: field"), ["field", "$.message", ",", undefined, undefined]);
  assert.deepEqual(words("from: field, field: $"), ["field", "$", ",", undefined, undefined]);
  assert.deepEqual(words("segmenter: unicode"), ["value", undefined, undefined, "unicode", "und"]);
  assert.deepEqual(words("segmenter: unicode, locale: ja"), ["value", undefined, undefined, "unicode", "ja"]);
});

Deno.test("parseConfig() sets lateness and max_future to 0 with time: processing", () => {
  const { window } = parseConfig(`${LINES}window: {time: processing, lateness: 5s}`);
  assert.equal(window.lateness, 0);
  assert.equal(window.max_future, 0);
});

Deno.test("parseConfig() reads durations and sizes, 0 and plain bytes included", () => {
  const { window, words } = parseConfig(
    `${LINES}window: {lateness: 0, idle: "0", max_future: 1d}\nwords: {max_record_bytes: 4096}`,
  );
  assert.deepEqual([window.lateness, window.idle, window.max_future], [0, 0, 86_400_000]);
  assert.equal(words.max_record_bytes, 4096);
});

Deno.test("parseConfig() reports the place and the wanted value of each kind of problem", () => {
  const cases: [text: string, ...problems: string[]][] = [
    ["", "1:1: source: is missing, wanted a mapping with keys such as kafka"],
    ["text", '1:1: is "text", wanted a mapping with keys such as name'],
    ["source: {}", "1:1: source: has no source, wanted exactly one of kafka, synthetic, lines"],
    [`${LINES}tpo: 5`, '2:1: tpo: unknown key (did you mean "top"?)'],
    [`${LINES}tls:\n`, "2:1: tls: unknown key"],
    [
      "source:\n  kafka:\n    brokers: [localhost]\n    grop: x\n",
      "2:3: source.kafka.topics: is missing, wanted a list, each item a topic's name, or /regex/",
      '3:15: source.kafka.brokers.0: is "localhost", wanted HOST:PORT, such as 127.0.0.1:9092',
      '4:5: source.kafka.grop: unknown key (did you mean "group"?)',
    ],
    [
      "source:\n  kafka: {brokers: , topics: []}",
      "2:11: source.kafka.brokers: is missing, wanted a list, each item HOST:PORT, such as 127.0.0.1:9092",
      "2:22: source.kafka.topics: is an empty list, wanted a list, each item a topic's name, or /regex/",
    ],
    [
      "source:\n  lines: {}\n  synthetic: {}",
      "2:3: source.lines: cannot be combined with synthetic, wanted exactly one of kafka, synthetic, lines",
    ],
    [`${LINES}name: 5`, "2:7: name: is 5, wanted a name of 1 to 200 characters (in quotes it is text)"],
    [`${LINES}top: '20'`, '2:6: top: is "20", wanted a whole number from 1 to 1000'],
    [`${LINES}top: 1.5`, "2:6: top: is 1.5, wanted a whole number from 1 to 1000"],
    [`${LINES}top: 1001`, "2:6: top: is 1001, wanted a whole number from 1 to 1000"],
    [`${LINES}top: [1]`, "2:1: top: is a list of 1, wanted a whole number from 1 to 1000"],
    [`${LINES}rate: 5`, "2:7: rate: is 5, wanted a mapping with keys such as backpressure"],
    [`${LINES}rate: {min: 0}`, "2:13: rate.min: is 0, wanted a number above 0, 1000000000 at most"],
    [`${LINES}rate: {min: .inf}`, "2:13: rate.min: is Infinity, wanted a number above 0, 1000000000 at most"],
    [`${LINES}rate: {max: 5}`, "2:1: rate.min: is 10, wanted no more than max (5)"],
    [`${LINES}rate:\n  min: 7\n  max: 5`, "3:8: rate.min: is 7, wanted no more than max (5)"],
    [`${LINES}output: {console: yes}`, '2:19: output.console: is "yes", wanted true or false'],
    [
      `${LINES}output: {kafka: {topic: out}}`,
      "2:25: output.kafka.topic: needs source.kafka, wanted that source or no topic",
    ],
    [
      `${LINES}output: {dead_letters: {topic: dead}}`,
      "2:32: output.dead_letters.topic: needs source.kafka, wanted that source or no topic",
    ],
    [
      `${KAFKA}output: {kafka: {topic: raw}, dead_letters: {topic: out-dead}}`,
      '2:25: output.kafka.topic: is "raw", which source.kafka.topics reads as raw, wanted a topic that is not read',
      '2:53: output.dead_letters.topic: is "out-dead", which source.kafka.topics reads as /^out-.*/, ' +
      "wanted a topic that is not read",
    ],
    [
      `${KAFKA}output: {kafka: {topic: windows}, dead_letters: {topic: windows}}`,
      '2:57: output.dead_letters.topic: is "windows", as output.kafka.topic is, wanted another',
    ],
    [
      "source: {kafka: {brokers: [h:1], topics: [.]}}",
      '1:43: source.kafka.topics.0: is ".", wanted a topic\'s name, or /regex/',
    ],
    [`${KAFKA}output: {kafka: {topic: a/b}}`, `2:25: output.kafka.topic: is "a/b", wanted a topic's name`],
    [`${KAFKA}output: {kafka: {topic: ..}}`, `2:25: output.kafka.topic: is "..", wanted a topic's name`],
    [
      `${LINES}log: {level: inf}`,
      '2:14: log.level: is "inf", wanted debug, info, warn or error (did you mean "info"?)',
    ],
    [`${LINES}window: {length: 7s}`, "2:18: window.length: is 7s, wanted a whole multiple of slide (2s)"],
    [
      `${LINES}window: {length: 5, slide: 0s}`,
      '2:18: window.length: is "5", wanted a duration from 1ms to 30d: a whole number and ms, s, m, h or d',
      '2:28: window.slide: is "0s", wanted a duration from 1ms to 1d: a whole number and ms, s, m, h or d',
    ],
    [
      `${LINES}window: {length: 30d, slide: 1s}`,
      "2:18: window.length: is 2592000 slides, wanted no more than 100000",
    ],
    [
      `${LINES}words: {max_record_bytes: 1MB}`,
      '2:27: words.max_record_bytes: is "1MB", wanted a size from 1B to 256MiB: a whole number and B, KiB, MiB or GiB',
    ],
    [`${LINES}words: {separator: ''}`, '2:20: words.separator: is "", wanted text of 1 to 16 bytes'],
    [
      `${LINES}words: {separator: ääääääääa}`,
      '2:20: words.separator: is "ääääääääa", wanted text of 1 to 16 bytes',
    ],
    [
      `${LINES}words:\n  separator: \\t\n`,
      `3:14: words.separator: contains \\t as two characters, wanted "\\t" in double quotes ($'\\t' in a shell); words.pattern splits at a backslash (docs/words.md)`,
    ],
    [
      `${LINES}words: {separator: '\\s+'}`,
      "2:20: words.separator: contains \\s as two characters, wanted plain text; words.pattern takes a regular expression (docs/words.md)",
    ],
    [`${LINES}words: {pattern: '('}`, '2:18: words.pattern: is "(", wanted a regular expression'],
    [
      `${LINES}words: {separator: x, pattern: y}`,
      "2:32: words.pattern: cannot be combined with separator, wanted exactly one of separator, pattern, segmenter",
    ],
    [
      `${LINES}words: {min_length: 9, max_length: 8}`,
      "2:21: words.min_length: is 9, wanted no more than max_length (8)",
    ],
    [`${LINES}words: {stop_words: [a, , b]}`, "2:25: Unexpected , in flow sequence"],
    [`${LINES}words: {stop_words: [a, ~]}`, "2:25: words.stop_words.1: is empty, wanted a word"],
    [
      `${LINES}words: {segmenter: icu, pattern: y}`,
      '2:20: words.segmenter: is "icu", wanted unicode',
      "2:20: words.segmenter: cannot be combined with pattern, wanted exactly one of separator, pattern, segmenter",
    ],
    [
      `${LINES}words: {locale: en_US}`,
      '2:17: words.locale: is "en_US", wanted a language tag, such as ja or pt-BR',
    ],
    [`${LINES}words: {from: xml}`, '2:15: words.from: is "xml", wanted value, key, header or field'],
    [`${LINES}words: {field: $.a}`, "2:16: words.field: has no effect with from: value, wanted from: field"],
    [
      `${LINES}records: {format: json}\nwords:\n  from: field\n  field: $.a[`,
      `5:10: words.field: is "$.a[": unclosed bracketed selection at character 5, wanted ${PATH}`,
    ],
    [
      `${LINES}words: {from: key, field: $..a}`,
      `2:27: words.field: is "$..a": descendants (..) are not supported at character 2, wanted ${PATH}`,
      "2:27: words.field: has no effect with from: key, wanted from: field",
    ],
    [
      `${LINES}words: {from: field}`,
      "2:15: words.from: is field, and text has no fields, wanted records.format: json, avro or protobuf with it",
    ],
    [
      `${LINES}words:\n  from: json\n  json_path: $.a`,
      "3:9: words.from: is json, which is two keys now, wanted records.format: json and words.from: field",
      "4:3: words.json_path: is words.field now, wanted that key, with records.format: json and words.from: field",
    ],
    [
      `${LINES}records:\n  where: [{}, {field: $.a, key: true, equals: 1, min: 2}]`,
      "3:11: records.where.0: has no subject, wanted exactly one of field, header, key",
      "3:11: records.where.0: tests nothing, wanted one of equals, not_equals, in, not_in, matches, min and max, exists",
      "3:33: records.where.1.key: cannot be combined with field, wanted exactly one of field, header, key",
      "3:55: records.where.1.min: cannot be combined with equals, wanted one test: equals, not_equals, in, not_in, matches, min and max, exists",
    ],
    [
      `${KAFKA}records: {format: avro}\nwords: {from: key}`,
      "2:19: records.format: is avro, wanted schema_registry.url or schema_file with it",
    ],
    [
      `${KAFKA}records: {format: avro, schema_file: s, schema_registry: {url: "http://a,http://b/c"}}`,
      "2:38: records.schema_file: cannot be combined with schema_registry, wanted one of them",
    ],
    [
      `${LINES}records: {format: avro, schema_file: s}\nwords: {from: field}`,
      "2:19: records.format: is avro, and needs source.kafka, wanted that source or json",
    ],
    [
      `${KAFKA}records: {format: avro, schema_file: s}\nwords: {from: value}`,
      "3:15: words.from: is value, which is no text in avro, wanted field, key or header",
    ],
    [
      `${KAFKA}records: {format: json, schema_file: s, schema_registry: {url: "http://a"}}`,
      "2:38: records.schema_file: has no effect with format: json, wanted format: avro or protobuf",
      "2:41: records.schema_registry: has no effect with format: json, wanted format: avro or protobuf",
    ],
    [
      `${KAFKA}records: {format: protobuf, schema_file: s}\nwords: {from: key}`,
      "2:42: records.schema_file: needs message, wanted the full name of a message with it",
    ],
    [
      `${KAFKA}records: {format: protobuf, schema_registry: {url: "http://a"}, message: a.B}\nwords: {from: key}`,
      "2:74: records.message: has no effect, wanted format: protobuf and schema_file with it",
    ],
    [
      `${KAFKA}records: {schema_registry: {url: "http://u:p@a", token_file: t}}`,
      '2:34: records.schema_registry.url: is "http://<login>@a", wanted an http or https address without a login, or several ' +
      "with commas between them",
    ],
    [
      `${KAFKA}records: {schema_registry: {username: u, token_file: t, key_file: k}}`,
      "2:39: records.schema_registry.username: has no effect without url, wanted a url with it",
      "2:54: records.schema_registry.token_file: has no effect without url, wanted a url with it",
      "2:67: records.schema_registry.key_file: has no effect without url, wanted a url with it",
    ],
    [
      `${LINES}records: {where: [{key: false, min: 5, max: 4}, {header: h, in: []}]}`,
      "2:25: records.where.0.key: is false, wanted true or another subject",
      "2:37: records.where.0.min: is 5, wanted no more than max (4)",
      "2:61: records.where.1.in: is an empty list, wanted a list, each item text, a number, true or false",
    ],
    [
      `${LINES}records: {where: [{header: h, matches: '('}, {header: h, equals: [1]}]}`,
      '2:40: records.where.0.matches: is "(", wanted a regular expression',
      "2:58: records.where.1.equals: is a list of 1, wanted text, a number, true or false",
    ],
    [
      `${LINES}records: {timestamp: $.t, timestamp_format: iso}`,
      "2:22: records.timestamp: needs fields, which text has not, wanted format: json, avro or protobuf with it",
      '2:45: records.timestamp_format: is "iso", wanted unix_ms, unix or rfc3339',
    ],
    [
      `${LINES}records: {timestamp_format: unix}`,
      "2:29: records.timestamp_format: has no effect without timestamp, wanted both or neither",
    ],
    [
      `${LINES}records: {format: json, timestamp: $.t}\nwindow: {time: processing}`,
      "2:36: records.timestamp: has no effect with window.time: processing, wanted window.time: event",
    ],
    [
      `${LINES}words: {from: header, fields: [$.a], weight: $.n}`,
      "2:15: words.from: is header, wanted words.header with it, the name of a header",
      "2:23: words.fields: has no effect with from: header, wanted from: field",
    ],
    [
      `${LINES}records: {format: json}\nwords: {from: field, field: $.a, fields: [$.b, b]}`,
      "3:34: words.fields: cannot be combined with field, wanted exactly one of field, fields",
      `3:48: words.fields.1: is "b": expected '$', found 'b' at character 1, wanted ${PATH}`,
    ],
    [
      `${LINES}words: {key_format: int32}`,
      "2:21: words.key_format: has no effect, wanted words.from: key, or a condition with key: true",
    ],
    [
      `${LINES}words: {key_format: int32, replace: [{pattern: '['}]}`,
      '2:48: words.replace.0.pattern: is "[", wanted a regular expression',
    ],
    [
      `${LINES}http: {listen: '127.0.0.1:65536'}`,
      '2:16: http.listen: is "127.0.0.1:65536", wanted HOST:PORT, such as 127.0.0.1:8000',
    ],
    [`${LINES}top: 5\ntop: 6`, "3:1: top: is given twice, wanted once"],
    [
      "source: {synthetic: {tasks: [{name: a, rate: 1}, {name: a, rate: 2000}], delta_min: 5, delta_max: 4}}",
      '1:57: source.synthetic.tasks.1.name: is "a" for a second task, wanted another name',
      "1:66: source.synthetic.tasks.1.rate: is 2000, wanted no more than max_rate (1000)",
      "1:85: source.synthetic.delta_min: is 5, wanted no more than delta_max (4)",
    ],
    [
      `${LINES}output: *there`,
      "2:9: output: is an alias without an anchor before it (text that begins with * must stand in quotes)",
    ],
    [`${LINES}__proto__: 1`, "2:1: __proto__: unknown key"],
    [`${LINES}? [a]\n: b`, "2:3: has a key that is not plain text"],
    [`${LINES}name: !x y`, "2:7: Unresolved tag"],
    [`${LINES}---\n${LINES}`, "2:1: another document begins here, wanted one"],
    ["[".repeat(100_000), "is nested too deeply"],
  ];
  for (const [text, ...wanted] of cases) {
    const problems = problemsOf(text);
    if (wanted[0].startsWith("is nested")) assert.match(problems[0], /nested too deeply$/);
    else assert.deepEqual(problems, wanted, text);
  }
});

Deno.test("parseConfig() reads YAML 1.2: yes is text, a merge key merges", () => {
  assert.equal(parseConfig(`${LINES}name: yes`).name, "yes");
  const text = "rate: {pid: &pid {proportional: 2, integral: 3}}\nsource: {lines: {}}\n";
  assert.equal(parseConfig(text).rate.pid.proportional, 2);
  const tasks = `source: {synthetic: {tasks: [&task {name: a, rate: 5}, {<<: *task, name: b}]}}`;
  assert.deepEqual(parseConfig(tasks).source.synthetic?.tasks, [{ name: "a", rate: 5 }, {
    rate: 5,
    name: "b",
  }]);
});

Deno.test("parseConfig() refuses an alias inside its own anchor", () => {
  for (
    const text of [
      "x: [&a {k: *a}, *a]",
      "x: [&a {<<: *a}, *a]",
      "x: [&a [*a], {<<: *a}]",
      "x: [&a {k: *a}, {<<: *a}]",
      "x: [&a {<<: *a}, {<<: *a}]",
      "x: [&a {<<: *a}, {<<: [*a]}]",
    ]
  ) {
    assert.throws(() => parseConfig(text), (error) => {
      return error instanceof ConfigError &&
        error.message.includes("is an alias without an anchor before it");
    }, text);
  }
});

Deno.test("parseConfig() reports nesting that is too deep", () => {
  for (const depth of [4_000, 8_000, 30_000]) {
    const problems = problemsOf("? ".repeat(depth));
    assert.ok(problems.length === 1 && problems[0].endsWith(": is nested too deeply"), problems.join());
  }
});

Deno.test("parseConfig() bounds the expansion of aliases", () => {
  const lists = Array.from({ length: 12 }, (_, i) => {
    return `&l${i + 1} [${Array(10).fill(i === 0 ? "x" : `*l${i}`).join(", ")}]`;
  });
  const problems = problemsOf(`${LINES}words: {stop_words: [${lists.join(", ")}]}`);
  assert.deepEqual(problems, ["1:1: has more than 200000 values, with those that aliases repeat"]);
});

Deno.test("parseConfig() replaces ${NAME} and reads the text by its key's type", () => {
  const text =
    `source: {lines: {path: '\${P}'}}\nname: \${N}-\${M}\ntop: \${T}\nrate:\n  max: "\${X}"\n  interval: \${I}\n` +
    `output:\n  console: \${C}\nwords:\n  stop_words:\n    - \${W}\n    - a$\${b}\n`;
  const variables = { P: "[a, b]", N: "5", M: "${T}", T: "7", X: "", I: "", C: "false", W: "1: 2" };
  const config = parseConfig(text, { env: env(variables) });
  assert.equal(config.source.lines?.path, "[a, b]");
  assert.equal(config.name, "5-${T}");
  assert.equal(config.top, 7);
  assert.equal(config.rate.max, undefined);
  assert.equal(config.rate.interval, 1000);
  assert.equal(config.output.console, false);
  assert.deepEqual(config.words.stop_words, ["1: 2", "a${b}"]);
});

Deno.test("parseConfig() reports unset variables and unsuitable values", () => {
  const text = `${LINES}name: a\${NO}\${\ntop: \${LIST}\nwords: {stop_words: "\${LIST}"}`;
  assert.deepEqual(problemsOf(text, { env: env({ LIST: "[1]" }) }), [
    '2:7: name: needs the environment variable "NO", which is not set (a plain ${ is written $${)',
    '2:7: name: needs the environment variable "", which is not set (a plain ${ is written $${)',
    '3:6: top: is "[1]", wanted a whole number from 1 to 1000',
    '4:21: words.stop_words: is "[1]", wanted a list, each item a word',
  ]);
  assert.deepEqual(problemsOf("a: {b: ${X}}"), ["1:9: ${NAME} within { } or [ ] must stand in quotes"]);
});

Deno.test("parseConfig() reports each of many problems on its own line", () => {
  // One row per line of a file: a right line, and a wrong one with the path that is to be told of.
  const rows: [right: string, wrong: string, path: string][] = [
    ["name: a", "name: ''", "name"],
    ["top: 5", "top: 0", "top"],
    ["words: {lowercase: true}", "words: {lowercase: 1}", "words.lowercase"],
    ["window: {length: 10s}", "window: {length: 9s}", "window.length"],
    ["rate: {min: 1}", "rate: {min: -1}", "rate.min"],
    ["http: {listen: 'a:1'}", "http: {listen: a}", "http.listen"],
    ["output: {console: true}", "output: {consol: true}", "output.consol"],
    ["log: {level: warn}", "log: {level: wary}", "log.level"],
    ["source: {lines: {}}", "source: {lines: {path: 5}}", "source.lines.path"],
  ];
  fc.assert(fc.property(
    fc.shuffledSubarray(rows.map((_, i) => i), { minLength: rows.length }),
    fc.array(fc.boolean(), { minLength: rows.length, maxLength: rows.length }),
    (order, wrong) => {
      const text = order.map((i) => rows[i][wrong[i] ? 1 : 0]).join("\n");
      const wanted = order.flatMap((i, line) => wrong[i] ? [`${line + 1} ${rows[i][2]}`] : []);
      const told = problemsOf(text).map((problem) => problem.replace(/^(\d+):\d+: ([^:]+):.*$/, "$1 $2"));
      assert.deepEqual(told, wanted);
    },
  ));
});

Deno.test("parseConfig() leaves out the named sections with their problems", () => {
  const text =
    `${LINES}top: 0\ntpo: 3\nrate.max: 100\nwindow: {slide: '\${NOT_SET}', length: 7s}\nname: job\n`;
  const config = parseConfig(text, { without: ["top", "tpo", "window", "rate"] });
  assert.deepEqual([config.name, config.top, config.window.slide], ["job", 20, 2_000]);
  assert.deepEqual(problemsOf(text, { without: ["tpo", "window", "rate"] }), [
    "2:6: top: is 0, wanted a whole number from 1 to 1000",
  ]);
});

Deno.test("loadConfig() adds the words of stop_words_file, without blank lines and repetitions", async () => {
  const readTextFile = (path: string) =>
    Promise.resolve(path === "words" ? "\ufeffthe\r\n\n a \nthe\n# an" : "");
  const text = `${LINES}words: {stop_words: [a], stop_words_file: words}`;
  const { words } = await loadConfig({ text, readTextFile });
  assert.deepEqual(words.stop_words, ["a", "the", "# an"]);
});

Deno.test("loadConfig() bounds the number of stop words", async () => {
  const text = `${LINES}words: {stop_words: [a], stop_words_file: words}`;
  const load = (words: number) => {
    const lines = Array.from({ length: words }, (_, i) => `w${i}\n`).join("");
    return loadConfig({ file: "f.yaml", text, readTextFile: () => Promise.resolve(lines) });
  };
  assert.equal((await load(99_999)).words.stop_words.length, 100_000);
  await assert.rejects(load(100_000), {
    message:
      "f.yaml:2:43: words.stop_words_file: brings the stop words to 100001, wanted no more than 100000",
  });
});

Deno.test("loadConfig() reports unreadable files", async () => {
  const readTextFile = () => Promise.reject(new Deno.errors.PermissionDenied("Permission denied"));
  await assert.rejects(loadConfig({ file: "f.yaml", readTextFile }), {
    name: "ConfigError",
    message: "f.yaml: cannot be read: Permission denied",
    exitStatus: 78,
  });
  const text = `${LINES}words: {stop_words_file: words}`;
  await assert.rejects(loadConfig({ file: "f.yaml", text, readTextFile }), {
    message: "f.yaml:2:26: words.stop_words_file: cannot be read: Permission denied",
  });
});

Deno.test("loadConfig() accepts a configuration without a source where it is optional", async () => {
  const readTextFile = () => Promise.reject(new Error("nothing is to be read"));
  const { source } = await loadConfig({ sourceOptional: true, readTextFile });
  assert.deepEqual(source, { lines: { path: "-" } });
  await assert.rejects(loadConfig({ readTextFile }), { message: /^configuration: source: is missing/ });
});

Deno.test("parseConfig() takes the collector from the file, else from OpenTelemetry's variable", () => {
  const variable = env({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://variable:4318" });
  const endpointOf = (text: string, options: ParseConfigOptions = {}) =>
    parseConfig(LINES + text, options).metrics.otlp.endpoint;
  assert.equal(endpointOf(""), undefined);
  assert.equal(endpointOf("", { env: variable }), "http://variable:4318");
  assert.equal(endpointOf("metrics: {otlp: }", { env: variable }), "http://variable:4318");
  assert.equal(
    endpointOf("metrics: {otlp: {endpoint: 'https://file/otel'}}", { env: variable }),
    "https://file/otel",
  );
  const sets = ["metrics.otlp.endpoint=http://option:4318"];
  assert.equal(endpointOf("", { env: variable, sets }), "http://option:4318");
  assert.equal(endpointOf("", { env: env({ OTEL_EXPORTER_OTLP_ENDPOINT: "" }) }), undefined);
  const wanted = "wanted an http or https address without a login";
  const wrong = env({ OTEL_EXPORTER_OTLP_ENDPOINT: "host:4317" });
  assert.equal(endpointOf("", { env: wrong }), undefined);
  assert.deepEqual(
    parseConfig(LINES, { env: wrong }).hints?.map(({ file, message }) => `${file} ${message}`),
    [
      `OTEL_EXPORTER_OTLP_ENDPOINT is left out, ${wanted}`,
    ],
  );
  for (const endpoint of ["ftp://host", "http://user:secret@host", "http://host/?key=1", "host"]) {
    const [problem] = problemsOf(`${LINES}metrics: {otlp: {endpoint: '${endpoint}'}}`);
    assert.ok(problem.endsWith(wanted), problem);
  }
  assert.match(problemsOf(`${LINES}metrics: 1`, { env: variable })[0], /metrics: is 1, wanted a mapping/);
});
