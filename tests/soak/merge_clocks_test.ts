// The clocks of a group's members are wrong, and some records are dated ahead. Windows go on, and all members show the
// same.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../lib/async/clock.ts";
import { printedBlocks } from "../e2e/console_blocks.ts";
import { RtcountDaemon } from "../e2e/rtcount_process.ts";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";
import { startKafka } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { openProducers } from "../machine/kafka/producer.ts";
import { isLong } from "./soak_length.ts";

const TOPIC = "clocks";
const PARTITIONS = 6;
const SHIFTS_MS = [0, -300_000, 30_000];
const AHEAD_MS = 30_000;
const CHUNK_MS = 200;
const WINDOWS = 40;
const ENTRY = fileURLToPath(new URL("shifted_clock_main.ts", import.meta.url));
const encoder = new TextEncoder();

/** One record in ten is dated ahead. */
async function send(bootstrap: string, signal: AbortSignal): Promise<void> {
  using producers = await openProducers({ bootstrap, topic: TOPIC, partitions: PARTITIONS });
  for (let chunk = 0; !signal.aborted; chunk++) {
    const timestampMs = Date.now() + (chunk % 10 === 0 ? AHEAD_MS : 0);
    await Promise.all(producers.all.map((producer, partition) => {
      const value = encoder.encode(`p${partition},w${chunk % 17}`);
      return producer.send(writeRecordBatch({ records: [{ timestampMs, value }] }));
    }));
    await systemClock.sleep(CHUNK_MS, signal);
  }
}

/** The printed windows, by the line with their time. */
function blocksByTime(stdout: string): Map<string, string> {
  return new Map(printedBlocks(stdout).map((block) => [block.split("\n")[1], block]));
}

if (isLong) {
  Deno.test({
    name: "members with wrong clocks show the same windows, which go on",
    ignore: await missingForKafka() !== undefined,
    async fn() {
      await using kafka = await startKafka();
      await kafka.createTopic(TOPIC, { partitions: PARTITIONS });
      const brokers = kafka.bootstrap.split(",");
      const settings = {
        source: { kafka: { brokers, topics: [TOPIC], group: TOPIC, session_timeout: "6s" } },
        window: { length: "10s", slide: "1s" },
        top: 100,
        merge: { enabled: true },
      };
      await using daemons = new AsyncDisposableStack();
      const members = SHIFTS_MS.map((shiftMs) => {
        const env = { CLOCK_SHIFT_MS: String(shiftMs) };
        return daemons.use(new RtcountDaemon(settings, { entry: ENTRY, env }));
      });
      const ending = new AbortController();
      const sending = send(kafka.bootstrap, ending.signal);
      try {
        const [first] = members;
        await first.waitFor("two partitions of each member", async () => {
          const assigned = await Promise.all(
            members.map((member) => member.metric("rtcount_assigned_partitions")),
          );
          return assigned.every((partitions) => partitions === PARTITIONS / SHIFTS_MS.length);
        });
        await first.waitFor("windows of each member", () => {
          return members.every(({ stdout }) => printedBlocks(stdout).length >= WINDOWS);
        });
        const [mine, ...others] = members.map(({ stdout }) => blocksByTime(stdout));
        let compared = 0;
        for (const other of others) {
          for (const [time, block] of other) {
            if (!mine.has(time)) continue;
            assert.equal(block, mine.get(time));
            compared++;
          }
        }
        const skipped = await Promise.all(members.map((member) => {
          return member.metric('rtcount_records_skipped_total{reason="future"}');
        }));
        console.log(`${compared} windows are the same; records skipped as future: ${skipped.join(", ")}`);
        assert.ok(compared > 0);
        assert.deepEqual(skipped.map((records) => (records ?? 0) > 0), [false, true, false]);
      } finally {
        ending.abort();
        await sending;
      }
    },
  });
}
