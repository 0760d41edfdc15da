import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/load.ts";
import type { Config } from "../../lib/config/schema.ts";
import { ConfigError } from "../../lib/config/config_error.ts";

const LINES = "source: {lines: {}}\n";

function withSets(text: string, ...sets: string[]): Config {
  return parseConfig(text, { file: "f.yaml", sets });
}

Deno.test("override() reads a value by its key's type", () => {
  const config = withSets(
    LINES,
    "name=5",
    "top=7",
    "window.slide=500ms",
    "window.lateness=0",
    "words.max_record_bytes=64KiB",
    "output.console=false",
    "words.separator= = ",
    "words.stop_words=[a, 'b c']",
    "rate.pid={integral: 0.5}",
    "log.level=debug",
    "source.lines.path=${HOME}",
  );
  assert.equal(config.name, "5");
  assert.equal(config.top, 7);
  assert.equal(config.window.slide, 500);
  assert.equal(config.window.lateness, 0);
  assert.equal(config.words.max_record_bytes, 65_536);
  assert.equal(config.output.console, false);
  assert.equal(config.words.separator, " = ");
  assert.deepEqual(config.words.stop_words, ["a", "b c"]);
  assert.deepEqual(config.rate.pid, { proportional: 1, integral: 0.5, derivative: 0 });
  assert.equal(config.log.level, "debug");
  assert.equal(config.source.lines?.path, "${HOME}");
});

Deno.test("override() replaces the file's value, and a later setting an earlier one", () => {
  assert.equal(withSets(`${LINES}top: 5`, "top=6").top, 6);
  assert.equal(withSets(`${LINES}top: wrong`, "top=6", "top=7").top, 7);
});

Deno.test("override() removes a key with an empty value unless the key is text", () => {
  const config = withSets(
    `${LINES}top: 5\nrate: {max: 50, pid: {integral: 3}}`,
    "top=",
    "rate.max=",
    "rate.pid=",
    "window=",
  );
  assert.deepEqual(config, parseConfig(LINES));
  const lines = withSets(LINES, "source.kafka=", "source.synthetic.tasks.0.rate=");
  assert.deepEqual(lines, parseConfig(LINES));
});

Deno.test("override() replaces the others of several exclusive keys", () => {
  const synthetic = withSets(LINES, "source.synthetic.max_rate=500");
  assert.deepEqual(Object.keys(synthetic.source), ["synthetic"]);
  const kafka = withSets(
    LINES,
    "source.synthetic={}",
    "source.kafka.brokers=[a:1]",
    "source.kafka.topics=[t]",
  );
  assert.deepEqual(kafka.source.kafka?.brokers, ["a:1"]);
  assert.deepEqual(Object.keys(kafka.source), ["kafka"]);
  const { words } = withSets(`${LINES}words: {separator: x}`, "words.pattern=[a-z]+");
  assert.deepEqual([words.separator, words.pattern], [undefined, "[a-z]+"]);
  const segmented =
    withSets(`${LINES}words: {pattern: x}`, "words.segmenter=unicode", "words.locale=ja").words;
  assert.deepEqual([segmented.separator, segmented.pattern, segmented.segmenter], [
    undefined,
    undefined,
    "unicode",
  ]);
  const back = withSets(`${LINES}words: {pattern: x}`, "words.separator=;").words;
  assert.deepEqual([back.separator, back.pattern], [";", undefined]);
});

Deno.test("override() finds list items by index, also in a default list", () => {
  const tasks = (...sets: string[]) => withSets(LINES, ...sets).source.synthetic?.tasks;
  assert.deepEqual(tasks("source.synthetic.tasks.0.rate=50"), [{ name: "task-1", rate: 50 }]);
  assert.deepEqual(tasks("source.synthetic.tasks.1={name: b, rate: 4}"), [
    { name: "task-1", rate: 300 },
    { name: "b", rate: 4 },
  ]);
  assert.deepEqual(tasks("source.synthetic.tasks.1.name=b", "source.synthetic.tasks.1.rate=4"), [
    { name: "task-1", rate: 300 },
    { name: "b", rate: 4 },
  ]);
  const { words } = withSets(
    `${LINES}words: {stop_words: [a, b]}`,
    "words.stop_words.0=x",
    "words.stop_words.2=c",
  );
  assert.deepEqual(words.stop_words, ["x", "b", "c"]);
});

Deno.test("override() does not change the defaults", () => {
  withSets(LINES, "source.synthetic.tasks.0.rate=50");
  assert.deepEqual(parseConfig("source: {synthetic: {}}").source.synthetic?.tasks, [{
    name: "task-1",
    rate: 300,
  }]);
});

Deno.test("override() reports problems of settings together with those of the file", () => {
  const cases: [setting: string, problem: string][] = [
    ["top", "--set top: has no value, wanted PATH=VALUE"],
    ["tpo=5", '--set tpo: unknown key "tpo" (did you mean "top"?)'],
    ["source.kafka.grop=x", '--set source.kafka.grop: unknown key "grop" (did you mean "group"?)'],
    [
      "source.synthetic.tasks.2.rate=1",
      '--set source.synthetic.tasks.2.rate: "2" is not an index of this list, wanted 0 to 1',
    ],
    ["top.x=1", "--set top.x: there is nothing below top"],
    ["=1", '--set : unknown key ""'],
    ["__proto__.x=1", '--set __proto__.x: unknown key "__proto__"'],
    ["top=x", '--set top: is "x", wanted a whole number from 1 to 1000'],
    [
      "rate.pid=[",
      "--set rate.pid: Flow sequence must end with a ]",
    ],
    ["rate.pid={integrl: 1}", '--set rate.pid: rate.pid.integrl: unknown key (did you mean "integral"?)'],
    [
      "words.separator=\\t",
      `--set words.separator: contains \\t as two characters, wanted "\\t" in double quotes ($'\\t' in a shell); words.pattern splits at a backslash (docs/words.md)`,
    ],
    ["words.stop_words.0=", '--set words.stop_words.0: is "", wanted a word'],
  ];
  for (const [setting, problem] of cases) {
    assert.throws(() => withSets(`${LINES}http: 5`, setting), (error) => {
      assert.ok(error instanceof ConfigError);
      const [first, ...others] = error.message.split("\n");
      assert.equal(first, "f.yaml:2:7: http: is 5, wanted a mapping with keys such as listen");
      assert.deepEqual(others, [problem]);
      return true;
    });
  }
});
