import assert from "node:assert/strict";
import { createLog, formatError, type Log, type LogFormat, type LogLevel } from "../../lib/log/log.ts";
import { ManualClock } from "../fakes/manual_clock.ts";

const LOCAL_TIME = new Date(2026, 10, 22, 10, 0, 2, 7).getTime();

function captured(level: LogLevel, format: LogFormat): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const clock = new ManualClock({ nowMs: LOCAL_TIME });
  return { log: createLog({ level, format, clock, write: (line) => lines.push(line) }), lines };
}

function textLine(message: string, fields?: Record<string, unknown>): string {
  const { log, lines } = captured("debug", "text");
  log.info(message, fields);
  assert.equal(lines.length, 1);
  const [line] = lines;
  const prefix = "2026-11-22 10:00:02,007 - INFO [rtcount] main ";
  assert.ok(line.startsWith(prefix), line);
  return line.slice(prefix.length);
}

Deno.test("createLog() writes text in the lab's format, with Python's level names", () => {
  const { log, lines } = captured("debug", "text");
  const kafka = log.child("kafka");
  kafka.debug("a");
  kafka.info("b");
  kafka.warn("c");
  kafka.child("group").error("d");
  assert.deepEqual(lines, [
    "2026-11-22 10:00:02,007 - DEBUG [rtcount.kafka] main a",
    "2026-11-22 10:00:02,007 - INFO [rtcount.kafka] main b",
    "2026-11-22 10:00:02,007 - WARNING [rtcount.kafka] main c",
    "2026-11-22 10:00:02,007 - ERROR [rtcount.kafka.group] main d",
  ]);
});

Deno.test("createLog() cuts long texts, errors, lists and messages", () => {
  const long = "x".repeat(1 << 20);
  const rows: [unknown, string][] = [
    [long, "x".repeat(4_096)],
    [new Error(long, { cause: new Error(long) }), "x".repeat(4_096)],
    [["a", long, "b"], `a,${"x".repeat(4_096)},b`],
    [Array(100).fill(long), Array(100).fill("x".repeat(4_096)).join().slice(0, 65_536)],
  ];
  for (const [value, wanted] of rows) assert.equal(textLine("m", { value }), `m value=${wanted}`);
  assert.equal(textLine(long), "x".repeat(65_536));
});

Deno.test("createLog() leaves out events below the level", () => {
  const levels = ["debug", "info", "warn", "error"] as const;
  for (const [index, level] of levels.entries()) {
    const { log, lines } = captured(level, "json");
    for (const each of levels) log[each](each);
    assert.deepEqual(lines.map((line) => JSON.parse(line).level), levels.slice(index));
  }
});

Deno.test("createLog() writes fields as key=value in text, quoted where they are ambiguous", () => {
  const rows: [unknown, string][] = [
    ["raw-events", "raw-events"],
    ["127.0.0.1:9092", "127.0.0.1:9092"],
    ["слово", "слово"],
    ["two words", '"two words"'],
    ["a=b", '"a=b"'],
    ["", '""'],
    ['say "\\"', '"say \\"\\\\\\""'],
    [12.5, "12.5"],
    [Infinity, "Infinity"],
    [10n, "10"],
    [true, "true"],
    [null, "null"],
    [[0, 1, "x"], "0,1,x"],
    [{ password: "secret" }, "<Object>"],
    [new Map([["password", "secret"]]), "<Map>"],
    [Object.create(null), "<Object>"],
  ];
  for (const [value, want] of rows) assert.equal(textLine("m", { f: value }), `m f=${want}`);
  assert.equal(textLine("m", { a: 1, gone: undefined, b: "x" }), "m a=1 b=x");
});

Deno.test("createLog() writes any event in one line", () => {
  assert.equal(
    textLine("a\nb\r\t\x1b[2J\x9b\u2028\u202e\ud800é", { "k\n": "v\nw" }),
    'a\\nb\\r\\t\\x1b[2J\\x9b\\u2028\\u202e\\ud800é k\\n="v\\nw"',
  );
  const { log, lines } = captured("info", "json");
  const hostile = 'a\n"\x1b\x7f\x9b\x85\u2028\u2029é';
  log.info(hostile, { f: hostile });
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(lines[0], /[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
  const { message, f } = JSON.parse(lines[0]);
  assert.deepEqual([message, f], [hostile, hostile]);
});

Deno.test("createLog() writes one JSON object per line, in which fields replace no other key", () => {
  const { log, lines } = captured("info", "json");
  log.child("kafka").warn("stalled", { lag: 5, rate: NaN, level: "x", name: "y" });
  assert.equal(
    lines[0],
    `{"time":"${new Date(LOCAL_TIME).toISOString()}","level":"warn","name":"rtcount.kafka",` +
      `"message":"stalled","lag":5,"rate":"NaN","level_":"x","name_":"y"}`,
  );
});

Deno.test("Log.configure() holds for the log, its parent and its children", () => {
  const { log, lines } = captured("error", "text");
  const child = log.child("a");
  const grandchild = child.child("b");
  child.configure({ level: "info", format: "json" });
  for (const each of [log, child, grandchild]) each.info("m");
  assert.deepEqual(lines.map((line) => JSON.parse(line).name), ["rtcount", "rtcount.a", "rtcount.a.b"]);
});

Deno.test("formatError() shows classes, messages and causes", () => {
  const refused = new TypeError("connect ECONNREFUSED");
  const ring = new Error("ring");
  ring.cause = ring;
  const rows: [unknown, string][] = [
    [new Error("plain"), "plain"],
    [refused, "TypeError: connect ECONNREFUSED"],
    [new Error(""), "Error"],
    [new Error("outer", { cause: refused }), "outer (TypeError: connect ECONNREFUSED)"],
    [new Error("outer", { cause: "text" }), "outer (text)"],
    [new AggregateError([new Error("v6"), new Error("v4")]), "AggregateError (v6; v4)"],
    ["just text", "just text"],
    [undefined, "undefined"],
    [{ a: 1 }, "<Object>"],
    [ring, "ring" + " (ring".repeat(8) + ")".repeat(8)],
  ];
  for (const [error, want] of rows) assert.equal(formatError(error), want);
});
