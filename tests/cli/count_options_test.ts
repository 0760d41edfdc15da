import assert from "node:assert/strict";
import { countFault, sinceMs, topicSettings } from "../../lib/cli/count_options.ts";

Deno.test("countFault() names options of rtcount count that do not belong together", () => {
  const topic = { topic: ["t"] };
  const table: readonly (readonly [string[], Record<string, string[]>, RegExp | undefined])[] = [
    [["a.txt"], {}, undefined],
    [[], { ...topic, brokers: ["b:1"], last: ["10m"] }, undefined],
    [[], { ...topic, config: ["c.yaml"] }, undefined],
    [[], { ...topic, set: ['source.kafka.brokers=["b:1"]'] }, undefined],
    [[], topic, /needs --brokers, or --config/],
    [[], { brokers: ["b:1"] }, /needs --topic, or --config/],
    [["a.txt"], { ...topic, brokers: ["b:1"] }, /FILE and --brokers exclude each other/],
    [[], { ...topic, brokers: ["b:1"], format: ["kcat"] }, /--format is for files/],
    [[], { ...topic, brokers: ["b:1"], last: ["1m"], since: ["x"] }, /--last and --since exclude each other/],
    [["a.txt"], { since: ["2026-11-30T10:00:00Z"] }, /--since needs --topic/],
  ];
  for (const [operands, options, fault] of table) {
    const found = countFault(operands, options);
    if (fault === undefined) assert.equal(found, undefined);
    else assert.match(found ?? "", fault);
  }
});

Deno.test("topicSettings() are keys of the configuration, whatever a topic is called", () => {
  assert.deepEqual(topicSettings({ brokers: ["a:1,b:2"], topic: ['x"]', "/y.*/"] }), [
    'source.kafka.brokers=["a:1","b:2"]',
    'source.kafka.topics=["x\\"]","/y.*/"]',
  ]);
  assert.deepEqual(topicSettings({}), []);
});

Deno.test("sinceMs() of --last and --since", () => {
  assert.equal(sinceMs({ last: ["10m"] }, 1_000_000), 400_000);
  assert.equal(sinceMs({ last: ["10d"] }, 1_000_000), 0);
  assert.equal(sinceMs({ since: ["1970-01-01T00:00:01Z"] }, 5), 1_000);
  assert.equal(sinceMs({}, 5), undefined);
});
