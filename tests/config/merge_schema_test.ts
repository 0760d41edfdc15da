import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/load.ts";

const kafka = (more = "") => `source: {kafka: {brokers: [b:1], topics: [${more || "t"}], group: g}}`;

Deno.test("merge.topic is GROUP.panes by default, and only with merge.enabled", () => {
  assert.equal(parseConfig(`${kafka()}\nmerge: {enabled: true}`).merge.topic, "g.panes");
  assert.deepEqual(parseConfig(kafka()).merge, { enabled: false });
  assert.equal(parseConfig(`${kafka()}\nmerge: {enabled: true, topic: log}`).merge.topic, "log");
});

for (
  const [text, message] of [
    ["source: {lines: {}}\nmerge: {enabled: true}", /merge\.enabled: is true, and needs source\.kafka/],
    [
      `${kafka()}\nwindow: {time: processing}\nmerge: {enabled: true}`,
      /window\.time: is processing, wanted event/,
    ],
    [
      `${kafka("/.*/")}\nmerge: {enabled: true}`,
      /merge\.topic: is "g\.panes", which source\.kafka\.topics reads as/,
    ],
    [
      `${kafka()}\nmerge: {enabled: true, topic: t}`,
      /merge\.topic: is "t", which source\.kafka\.topics reads as t/,
    ],
    [
      `${kafka()}\nmerge: {enabled: true, topic: o}\noutput: {kafka: {topic: o}}`,
      /merge\.topic: is "o", as an output's/,
    ],
    [
      "source: {kafka: {brokers: [b:1], topics: [t], group: a b}}\nmerge: {enabled: true}",
      /merge\.topic: is empty, and/,
    ],
  ] as const
) {
  Deno.test(`the configuration is refused: ${message.source}`, () => {
    assert.throws(() => parseConfig(text), message);
  });
}
