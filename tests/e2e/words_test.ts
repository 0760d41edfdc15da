// Words from JSON and by Unicode's rules, from the command line to what comes out.

import assert from "node:assert/strict";
import { produce } from "../machine/kafka/producer.ts";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { kafkaSource, makeTopic } from "./kafka_source.ts";
import { RtcountDaemon, runRtcount } from "./rtcount_process.ts";
import { withFile } from "./with_file.ts";

const FROM_FIELD = ["--set", "records.format=json", "--set", "words.from=field"];
const JSON_LINES = [
  '{"id":1,"message":"a, b","tags":[{"name":"x"},{"name":"y"}]}',
  '{"message":["b","\\u00e4",7,null],"tags":[]}',
  '{"message":"broken"',
  '{"tags":[{"name":"x"}]}',
].join("\n");

Deno.test("rtcount count takes words from JSON, and reports what is none", async () => {
  const { status, stdout, stderr } = await runRtcount(["count", ...FROM_FIELD], {
    stdin: JSON_LINES,
  });
  assert.equal(status, 0, stderr);
  assert.equal(stdout, "('b', 2)\n('7', 1)\n('a', 1)\n('ä', 1)\n");
  assert.match(stderr, /skipped records invalid_json=1\n$/);
});

Deno.test("rtcount count follows words.field, and says where a path is wrong", async () => {
  const args = (path: string) => ["count", ...FROM_FIELD, "--set", `words.field=${path}`];
  const { stdout } = await runRtcount(args("$.tags[*].name"), { stdin: JSON_LINES });
  assert.equal(stdout, "('x', 2)\n('y', 1)\n");
  const { status, stderr } = await runRtcount(args("$.tags[?@.name]"), { stdin: JSON_LINES });
  assert.equal(status, 78);
  assert.match(
    stderr,
    /^--set words\.field: is "\$\.tags\[\?@\.name\]": filters are not supported at character 8/,
  );
});

Deno.test("rtcount count finds words as Unicode defines them", async () => {
  const text = "don't stop: 3.14\nمرحبا بالعالم، 😀👩‍👩‍👧\n日本語です。ภาษาไทย\n中文分词\n";
  const { status, stdout, stderr } = await runRtcount(["count", "--set", "words.segmenter=unicode"], {
    stdin: text,
  });
  assert.equal(status, 0, stderr);
  const words = [
    "3.14",
    "don't",
    "stop",
    "بالعالم",
    "مرحبا",
    "ภาษา",
    "ไทย",
    "です",
    "中文",
    "分词",
    "日本語",
  ];
  const wanted = words.map((word) => word === "don't" ? `("${word}", 1)\n` : `('${word}', 1)\n`).join("");
  assert.equal(stdout, wanted);
});

Deno.test("rtcount count leaves out the words of words.stop_words_file", async () => {
  await withFile("the\r\n\r\n a\nThe", async (file) => {
    const args = ["count", "--set", `words.stop_words_file=${file}`];
    const { stdout } = await runRtcount(args, { stdin: "the,cat,a,The,an" });
    assert.equal(stdout, "('an', 1)\n('cat', 1)\n");
  });
  const refused = await runRtcount(["count", "--set", "words.stop_words_file=/nonexistent/words"], {
    stdin: "",
  });
  assert.equal(refused.status, 78);
  assert.match(refused.stderr, /^--set words\.stop_words_file: cannot be read: /);
});

Deno.test({
  name: "rtcount run takes words from JSON, and counts an invalid record once, across a restart too",
  ignore: missing,
  async fn() {
    const topic = await makeTopic(1);
    const startMs = Date.now() - 10_000;
    const values = ["a,b", ["a", 1], "\u00e4\n", null].map((message) => JSON.stringify({ id: 1, message }));
    const records = Array.from({ length: 1_000 }, (_, i) => {
      return { timestampMs: startMs + i, value: i % 5 === 4 ? `broken ${i}` : values[i % 5] };
    });
    await produce(records, { bootstrap, topic, partition: 0, recordsPerBatch: 100 });
    const settings = {
      source: kafkaSource(topic),
      records: { format: "json" },
      words: { from: "field" },
      window: { length: "1h", slide: "1s", lateness: 0, idle: "1s" },
      rate: { backpressure: false },
    };
    {
      await using daemon = new RtcountDaemon(settings);
      await daemon.metricAtLeast('rtcount_records_skipped_total{reason="invalid_json"}', 200);
      await daemon.metricAtLeast("rtcount_window_records", 800);
      assert.equal(await daemon.metric("rtcount_words_total"), 1_000);
      assert.equal(await daemon.metric('rtcount_window_word_occurrences{word="a"}'), 400);
      // It keeps what it has done before it ends.
      daemon.kill("SIGTERM");
      assert.equal(await daemon.status, 0);
    }
    await using daemon = new RtcountDaemon(settings);
    await daemon.metricAtLeast(`rtcount_replayed_records_total{topic="${topic}"}`, 1_000);
    await daemon.metricAtLeast("rtcount_window_records", 800);
    assert.equal(await daemon.metric('rtcount_records_skipped_total{reason="invalid_json"}'), 0);
    assert.equal(await daemon.metric('rtcount_window_word_occurrences{word="a"}'), 400);
  },
});

Deno.test("rtcount count splits at tabs, white space and backslashes as docs/words.md says", async () => {
  const rows = [
    [{ separator: "\t" }, "a\tb c\\td", ["a", "b c\\td"]],
    [{ pattern: "\\S+" }, "a\tb c\\td", ["a", "b", "c\\td"]],
    [{ separator: "\\" }, "a\tb c\\td", ["a\tb c", "td"]],
    [{ pattern: "(?:(?!\\\\t|(?<=\\\\)t).)+" }, "at\\tb\\td\\\\t\\n", ["\\n", "at", "b", "d\\"]],
  ] as const;
  for (const [words, text, wanted] of rows) {
    await withFile(JSON.stringify({ words }), async (file) => {
      const { stdout, stderr } = await runRtcount(["count", "--config", file, "--output", "json"], {
        stdin: text,
      });
      const found = JSON.parse(stdout).top.map(([word]: [string]) => word);
      assert.deepEqual(found.toSorted(), wanted.toSorted(), stderr);
    });
  }
});
