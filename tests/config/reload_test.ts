import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/load.ts";
import { changeConfig } from "../../lib/config/reload.ts";
import { showConfig } from "../../lib/config/show.ts";

const BASE = "source: {kafka: {brokers: ['127.0.0.1:9092'], topics: [events]}}\n";

function change(before: string, after: string) {
  return changeConfig(parseConfig(BASE + before), parseConfig(BASE + after));
}

Deno.test("changeConfig() applies the live keys", () => {
  const rows: [before: string, after: string, changed: string[]][] = [
    ["", "", []],
    ["", "top: 5", ["top"]],
    ["", "rate: {max: 100, min: 1}", ["rate.min", "rate.max"]],
    ["rate: {max: 100}", "", ["rate.max"]],
    ["", "rate: {pid: {integral: 0}}", ["rate.pid.integral"]],
    ["", "log: {level: debug, format: json}", ["log.level", "log.format"]],
    ["words: {stop_words: [a]}", "words: {stop_words: [a, b]}", ["words.stop_words"]],
    ["", "output: {console: false}", ["output.console"]],
  ];
  for (const [before, after, changed] of rows) {
    const { config, changed: found, refused } = change(before, after);
    assert.deepEqual([found.toSorted(), refused], [changed.toSorted(), []], after);
    assert.deepEqual(showConfig(config), showConfig(parseConfig(BASE + after)));
  }
});

Deno.test("changeConfig() names keys that need a restart, and keeps their values", () => {
  const { config, changed, refused } = change(
    "",
    "window: {length: 30s}\nhttp: {listen: '127.0.0.1:1'}\ntop: 3\noutput: {kafka: {topic: windows}}",
  );
  assert.deepEqual(refused.toSorted(), ["http.listen", "output.kafka.topic", "window.length"]);
  assert.deepEqual(changed, ["top"]);
  assert.equal(config.window.length, 60_000);
  assert.equal(config.top, 3);
});

Deno.test("changeConfig() names the keys of a source that replaced another", () => {
  const { refused } = changeConfig(parseConfig(BASE), parseConfig("source: {lines: {path: /tmp/x}}"));
  assert.ok(refused.includes("source.lines.path"));
  assert.ok(refused.includes("source.kafka.topics"));
});

Deno.test("changeConfig() refuses stop words where the members of a group have to count alike", () => {
  const text = (words: string) =>
    `source: {kafka: {brokers: [b:1], topics: [t]}}\nmerge: {enabled: true}\nwords: {stop_words: [${words}]}`;
  const { config, changed, refused } = changeConfig(parseConfig(text("a")), parseConfig(text("b")));
  assert.deepEqual([config.words.stop_words, changed, refused], [["a"], [], ["words.stop_words"]]);
});
