// A group reads 1,000 partitions, of which 990 have no record. Reports come once a slide, and the members do next to
// nothing.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { RtcountDaemon } from "../e2e/rtcount_process.ts";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";
import { startKafka } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { openProducers } from "../machine/kafka/producer.ts";
import { readCpuSeconds } from "../machine/process_cpu.ts";
import { median } from "../oracle/median.ts";
import { isLong } from "./soak_length.ts";

const TOPIC = "idle";
const PARTITIONS = 1_000;
const BUSY = 10;
const MEMBERS = 3;
const CHUNK_MS = 200;
const MEASURED_MS = 60_000;
const MAX_REPORTS_PER_SECOND = 5;
const MAX_CPU_SHARE = 0.03;
const SENT = 'rtcount_merge_reports_total{result="sent"}';
const VALUE = new TextEncoder().encode("some,words");

async function send(bootstrap: string, signal: AbortSignal): Promise<void> {
  using producers = await openProducers({ bootstrap, topic: TOPIC, partitions: BUSY });
  while (!signal.aborted) {
    const batch = writeRecordBatch({ records: [{ timestampMs: Date.now(), value: VALUE }] });
    await Promise.all(producers.all.map((producer) => producer.send(batch)));
    await systemClock.sleep(CHUNK_MS, signal);
  }
}

if (isLong) {
  Deno.test({
    name: `a group with ${PARTITIONS} partitions, ${BUSY} of them with records, reports once a slide`,
    ignore: await missingForKafka() !== undefined,
    async fn() {
      await using kafka = await startKafka();
      await kafka.createTopic(TOPIC, { partitions: PARTITIONS });
      const brokers = kafka.bootstrap.split(",");
      await using daemons = new AsyncDisposableStack();
      const members = Array.from({ length: MEMBERS }, () =>
        daemons.use(
          new RtcountDaemon({
            source: { kafka: { brokers, topics: [TOPIC], group: TOPIC } },
            output: { console: false },
            merge: { enabled: true },
          }),
        ));
      const ending = new AbortController();
      const sending = send(kafka.bootstrap, ending.signal);
      try {
        const [first] = members;
        await first.waitFor("all partitions in windows of each member", async () => {
          const pages = await Promise.all(members.map((member) => member.get("/api/v1/top?k=1")));
          return pages.every((page) => {
            if (page?.status !== 200) return false;
            const { records, partitions } = JSON.parse(page.text);
            return records > 0 && partitions[TOPIC].length === PARTITIONS;
          });
        });
        const sum = async () => {
          const sent = await Promise.all(members.map((member) => member.metricAtLeast(SENT, 1)));
          return sent.reduce((all, one) => all + one, 0);
        };
        const [sentBefore, cpuBefore] = [await sum(), members.map(({ pid }) => readCpuSeconds(pid))];
        const begunMs = performance.now();
        await systemClock.sleep(MEASURED_MS);
        const seconds = (performance.now() - begunMs) / 1_000;
        const shares = members.map(({ pid }, i) => (readCpuSeconds(pid) - cpuBefore[i]) / seconds);
        const reports = (await sum() - sentBefore) / seconds;
        const scrapes: number[] = [];
        for (let n = 0; n < 9; n++) {
          const askedMs = performance.now();
          await first.get("/metrics");
          scrapes.push(performance.now() - askedMs);
        }
        const percents = shares.map((share) => `${(100 * share).toFixed(1)} %`).join(", ");
        console.log(
          `${reports.toFixed(2)} reports a second; ${percents} of a core; /metrics in ${
            median(scrapes).toFixed(0)
          } ms; load ${Deno.loadavg()[0]}`,
        );
        assert.ok(reports <= MAX_REPORTS_PER_SECOND, `${reports} reports a second`);
        for (const share of shares) assert.ok(share < MAX_CPU_SHARE, `${share} of a core`);
      } finally {
        ending.abort();
        await sending;
      }
    },
  });
}
