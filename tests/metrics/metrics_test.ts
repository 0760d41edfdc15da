import assert from "node:assert/strict";
import fc from "fast-check";
import { parseExposition, valueOf } from "./exposition.ts";
import {
  eventfulMetrics,
  HOSTILE_WORDS,
  metricsWith,
  type SampleMetrics,
  windowOf,
} from "./sample_metrics.ts";

async function scrape(metrics: SampleMetrics): Promise<ReturnType<typeof parseExposition>> {
  return parseExposition((await metrics.render("text")).body);
}

function countsOf(families: ReturnType<typeof parseExposition>): Map<string, number> {
  const samples = families.get("rtcount_window_word_occurrences")?.samples ?? [];
  return new Map(samples.map(({ labels, value }) => [labels.get("word") ?? "", value]));
}

/** Replaces the values that differ from process to process. */
function normalised(body: string): string {
  return body
    .replace(/^(process_(?:resident_memory_bytes|cpu_seconds_total)) \d.*$/gm, "$1 NUMBER")
    .replace(Deno.version.deno, "DENO");
}

for (const [ending, format] of [["txt", "text"], ["openmetrics", "openmetrics"]] as const) {
  Deno.test(`Metrics.render() is the golden file metrics.${ending}`, async () => {
    const path = new URL(`../golden/metrics/metrics.${ending}`, import.meta.url);
    const body = normalised((await eventfulMetrics().render(format)).body);
    if (Deno.env.get("UPDATE_GOLDEN") === "1") await Deno.writeTextFile(path, body);
    assert.equal(body, await Deno.readTextFile(path));
  });
}

Deno.test("Metrics.render() begins with zeroes and leaves unknown values out", async () => {
  const families = await scrape(metricsWith());
  for (
    const name of [
      "rtcount_window_word_occurrences_error",
      "rtcount_window_words",
      "rtcount_window_distinct_words",
      "rtcount_window_records",
      "rtcount_windows_closed_total",
      "rtcount_words_total",
      "rtcount_rebalances_total",
      "rtcount_consumer_restarts_total",
      "rtcount_assigned_partitions",
      "rtcount_ready",
    ]
  ) assert.equal(valueOf(families, name), 0, name);
  assert.equal(valueOf(families, "rtcount_rate_limit"), Infinity);
  for (
    const reason of [
      "too_large",
      "invalid_json",
      "future",
      "no_timestamp",
      "invalid_weight",
      "invalid_key",
      "corrupt",
    ]
  ) {
    assert.equal(valueOf(families, "rtcount_records_skipped_total", { reason }), 0, reason);
  }
  for (const result of ["ok", "failed"]) {
    assert.equal(valueOf(families, "rtcount_snapshots_total", { result }), 0, result);
  }
  for (
    const name of [
      "rtcount_window_end_timestamp_seconds",
      "rtcount_watermark_timestamp_seconds",
      "rtcount_rate_min",
      "rtcount_snapshot_last_success_timestamp_seconds",
      "rtcount_snapshot_duration_seconds",
    ]
  ) {
    assert.deepEqual(families.get(name)?.samples, [], name);
  }
});

Deno.test("Metrics.render() shows only the words of the last window", async () => {
  const metrics = metricsWith({ lastWindow: windowOf([{ word: "a", count: 2 }, { word: "b", count: 1 }]) });
  assert.deepEqual([...countsOf(await scrape(metrics))], [["a", 2], ["b", 1]]);
  metrics.state = { ...metrics.state, lastWindow: windowOf([{ word: "b", count: 4 }]) };
  assert.deepEqual([...countsOf(await scrape(metrics))], [["b", 4]]);
  const empty = { ...windowOf([]), records: 0, words: 0, distinct: 0 };
  metrics.state = { ...metrics.state, lastWindow: empty };
  const families = await scrape(metrics);
  assert.equal(countsOf(families).size, 0);
  assert.equal(valueOf(families, "rtcount_window_records"), 0);
  assert.equal(valueOf(families, "rtcount_window_end_timestamp_seconds"), 1_763_805_600.5);
});

Deno.test("Metrics.render() drops the lag of a revoked partition and keeps its counters", async () => {
  const partitions = [{ topic: "t", partition: 0, lag: 3 }, { topic: "t", partition: 1, lag: 4 }];
  const metrics = metricsWith({ partitions });
  metrics.skippedOffsets("t", 1, 9);
  await scrape(metrics);
  metrics.state = { ...metrics.state, partitions: [{ topic: "t", partition: 0, lag: 2 }] };
  const families = await scrape(metrics);
  assert.equal(valueOf(families, "rtcount_consumer_lag_records", { topic: "t", partition: "0" }), 2);
  assert.equal(valueOf(families, "rtcount_consumer_lag_records", { topic: "t", partition: "1" }), undefined);
  assert.equal(valueOf(families, "rtcount_skipped_offsets_total", { topic: "t", partition: "1" }), 9);
  assert.equal(valueOf(families, "rtcount_assigned_partitions"), 1);
});

Deno.test("Metrics.render() escapes hostile words in both formats", async () => {
  const top = HOSTILE_WORDS.map((word, i) => ({ word, count: i + 1 }));
  const metrics = metricsWith({ lastWindow: windowOf(top) });
  const wanted = new Map(top.map(({ word, count }) => [word, count]));
  for (const format of ["text", "openmetrics"] as const) {
    assert.deepEqual(countsOf(parseExposition((await metrics.render(format)).body)), wanted);
  }
});

Deno.test("Metrics.render() keeps topics and tasks apart, whatever they are called", async () => {
  const topics = ["__proto__", "constructor", "hasOwnProperty", "toString", "a"];
  const metrics = metricsWith({
    partitions: topics.map((topic, partition) => ({ topic, partition, lag: partition })),
    gaugeRates: topics.map((topic, i) => [topic, i] as const),
  });
  topics.forEach((topic, i) => metrics.recordsTaken(topic, i + 1, 10 * i));
  topics.forEach((topic, i) => metrics.skippedOffsets(topic, i, 7));
  const families = await scrape(metrics);
  topics.forEach((topic, i) => {
    assert.equal(valueOf(families, "rtcount_records_total", { topic }), i + 1, topic);
    assert.equal(valueOf(families, "compute_gauge_rate", { task_name: topic }), i, topic);
    const place = { topic, partition: String(i) };
    assert.equal(valueOf(families, "rtcount_consumer_lag_records", place), i, topic);
    assert.equal(valueOf(families, "rtcount_skipped_offsets_total", place), 7, topic);
  });
  assert.equal((await metrics.totals()).records, 15);
});

Deno.test("Metrics.render() parses back to any set of words", async () => {
  const words = fc.uniqueArray(fc.string({ unit: "binary", minLength: 1, maxLength: 20 }), { maxLength: 20 });
  await fc.assert(fc.asyncProperty(words, async (list) => {
    const top = list.map((word, i) => ({ word, count: list.length - i }));
    const metrics = metricsWith({ lastWindow: windowOf(top) });
    for (const format of ["text", "openmetrics"] as const) {
      const counts = countsOf(parseExposition((await metrics.render(format)).body));
      assert.deepEqual(counts, new Map(top.map(({ word, count }) => [word, count])));
    }
  }));
});

Deno.test("Metrics.render() shows the same counters in either format, in any order", async () => {
  const metrics = eventfulMetrics();
  const first = await metrics.render("text");
  const open = await metrics.render("openmetrics");
  const second = await metrics.render("text");
  assert.equal(normalised(first.body), normalised(second.body));
  for (const { body } of [first, open]) {
    assert.equal(valueOf(parseExposition(body), "rtcount_words_total"), 480);
  }
});

Deno.test("Metrics.render() names the content type and ends OpenMetrics with # EOF", async () => {
  const metrics = metricsWith();
  for (
    const [format, contentType] of [
      ["text", "text/plain; version=0.0.4; charset=utf-8"],
      ["openmetrics", "application/openmetrics-text; version=1.0.0; charset=utf-8"],
    ] as const
  ) {
    const answer = await metrics.render(format);
    assert.equal(answer.contentType, contentType);
    assert.equal(answer.body.endsWith("\n# EOF\n"), format === "openmetrics");
  }
});

Deno.test("Metrics.render() stays below 1 MB with 1000 words of 256 bytes", async () => {
  const top = Array.from({ length: 1000 }, (_, i) => ({
    word: `${i}`.padStart(4, "0").padEnd(256, "\\"),
    count: Number.MAX_SAFE_INTEGER - i,
  }));
  const { body } = await metricsWith({ lastWindow: windowOf(top) }).render("text");
  assert.ok(new TextEncoder().encode(body).length < 1_000_000);
  assert.equal(countsOf(parseExposition(body)).size, 1000);
});
