// A pane is reported in many parts, and the member is killed between them, again and again. The window is right in the end,
// and the memory bounded. The long form has 60 MB in some 120 parts.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomInteger, seededRandom } from "../../lib/source/synthetic/random.ts";
import { compiled, RtcountDaemon } from "../e2e/rtcount_process.ts";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";
import { freePorts } from "../machine/free_ports.ts";
import { startKafka } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { Api, HoldingProxy } from "../machine/kafka/holding_proxy.ts";
import { produceBatches } from "../machine/kafka/producer.ts";
import { readMemoryKib } from "../machine/process_memory.ts";
import { isLong, soakLength, soakSeed } from "./soak_length.ts";

const TOPIC = "parts";
const KILLS = soakLength({ short: 2, long: 20 });
const PARTITIONS = 2;
const WORDS = soakLength({ short: 20_000, long: 300_000 });
const WORD_BYTES = 200;
const WORDS_PER_RECORD = 50;
const RECORDS_PER_BATCH = 50;
const RECORDS = WORDS / WORDS_PER_RECORD;
const PANE_MS = 3_600_000;
const START_MS = (Math.floor(Date.now() / PANE_MS) - 3) * PANE_MS;
/** Requests with parts that the broker gets before the member is killed. A part has 512 KiB at most. */
const REQUESTS = { min: 1, max: soakLength({ short: 3, long: 50 }) };
const MAX_MEMORY_KIB = 400_000_000 / 1024;

function* batchesOf(partition: number): Generator<Uint8Array> {
  for (let from = partition; from < RECORDS; from += PARTITIONS * RECORDS_PER_BATCH) {
    const records = Array.from({ length: RECORDS_PER_BATCH }, (_, i) => {
      const first = (from + i * PARTITIONS) * WORDS_PER_RECORD;
      const words = Array.from(
        { length: WORDS_PER_RECORD },
        (_, n) => `${first + n}-`.padEnd(WORD_BYTES, "x"),
      );
      return { timestampMs: START_MS, value: Buffer.from(words.join()) };
    });
    yield writeRecordBatch({ records });
  }
  // It closes the window of all others, and its own pane stays open: the watermark moves on by the time that passes.
  yield writeRecordBatch({ records: [{ timestampMs: START_MS + 1.5 * PANE_MS, value: Buffer.from("end") }] });
}

Deno.test({
  name: `a member is killed ${KILLS} times between the parts of a report, and the window is right`,
  ignore: await missingForKafka() !== undefined,
  async fn() {
    const random = seededRandom(soakSeed("merge_parts_test"), 0);
    const [port] = freePorts(1);
    let target = "";
    await using kafka = await startKafka({
      advertise(address) {
        target = address;
        return `127.0.0.1:${port}`;
      },
    });
    await using proxy = await HoldingProxy.start(port, target);
    await kafka.createTopic(TOPIC, { partitions: PARTITIONS });
    for (let partition = 0; partition < PARTITIONS; partition++) {
      await produceBatches(batchesOf(partition), { bootstrap: kafka.bootstrap, topic: TOPIC, partition });
    }
    const kafkaSettings = { topics: [TOPIC], group: TOPIC, start: "earliest", session_timeout: "3s" };
    const settings = {
      source: { kafka: { brokers: [proxy.address], ...kafkaSettings } },
      window: {
        length: `${PANE_MS}ms`,
        slide: `${PANE_MS}ms`,
        idle: "24h",
        max_words: 400_000,
        max_word_bytes: "256MiB",
      },
      rate: { backpressure: false },
      output: { console: false },
      merge: { enabled: true },
    };
    const peaks: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      await using member = new RtcountDaemon(settings);
      await member.waitFor("/healthz", () => member.get("/healthz"));
      const passing = randomInteger(random, REQUESTS.min, REQUESTS.max);
      const held = proxy.hold({ api: Api.produce, side: "request", text: `${TOPIC}.panes`, passing });
      let isHeld = false;
      void held.then(() => isHeld = true);
      await member.waitFor(`${passing} requests with parts`, () => isHeld);
      peaks.push(readMemoryKib(member.pid, "VmHWM"));
      member.kill("SIGKILL");
      await member.status;
      proxy.release();
    }
    await using last = new RtcountDaemon(settings);
    const page = await last.waitFor("the window", async () => {
      const found = await last.get("/api/v1/top?k=1000");
      return found?.status === 200 && JSON.parse(found.text).records > 0 && found;
    });
    peaks.push(readMemoryKib(last.pid, "VmHWM"));
    const { records, words, distinct, error } = JSON.parse(page.text);
    assert.deepEqual({ records, words, distinct, error }, {
      records: RECORDS,
      words: WORDS,
      distinct: WORDS,
      error: 0,
    });
    console.log(`killed ${KILLS} times between parts; at most ${Math.max(...peaks)} KiB of memory`);
    if (isLong && compiled) assert.ok(Math.max(...peaks) < MAX_MEMORY_KIB, `${peaks.join(", ")} KiB`);
  },
});
