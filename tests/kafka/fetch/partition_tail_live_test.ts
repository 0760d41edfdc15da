import assert from "node:assert/strict";
import { systemClock } from "../../../lib/async/clock.ts";
import { Wakeup } from "../../../lib/async/wakeup.ts";
import { LogLostError } from "../../../lib/kafka/fetch/direct_reader.ts";
import { PartitionTail } from "../../../lib/kafka/fetch/partition_tail.ts";
import { NetworkClient } from "../../../lib/kafka/network_client.ts";
import { PartitionQueue } from "../../../lib/records/partition_queue.ts";
import { withAdmin } from "../../machine/kafka/admin.ts";
import { produceLines } from "../../machine/kafka/kcat.ts";
import { bootstrap, missing, uniqueName } from "../../machine/kafka/shared_kafka.ts";
import { createTopic } from "../../machine/kafka/topic.ts";

/** A tail that runs, and the texts that it has read. */
class RunningTail implements AsyncDisposable {
  readonly texts: string[] = [];
  readonly ended: Promise<unknown>;
  readonly #client = new NetworkClient({ bootstrap: bootstrap.split(","), clientId: "tail" });
  readonly #stopping = new AbortController();
  readonly #news = new Wakeup(systemClock);
  readonly #queue: PartitionQueue;

  constructor(topic: string, startOffset: number) {
    this.#queue = new PartitionQueue({ topic, partition: 0, startOffset });
    const tail = new PartitionTail({
      client: this.#client,
      queue: this.#queue,
      maxRecordBytes: 2 ** 20,
      onFetched: () => this.#news.ring(),
      report: { failed() {}, works() {} },
      clock: systemClock,
    });
    this.ended = tail.run(this.#stopping.signal).catch((error: unknown) => error);
  }

  async until(count: number): Promise<void> {
    while (this.texts.length < count) {
      await this.#news.wait(10_000);
      while (this.#queue.head(() => assert.fail("all batches can be decoded"))) {
        const { records, cursor } = this.#queue;
        const value = records.bytes.subarray(records.valueStarts[cursor], records.valueEnds[cursor]);
        this.texts.push(new TextDecoder().decode(value));
        this.#queue.advance(cursor + 1);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#client.close();
    await this.ended;
  }
}

Deno.test(
  "PartitionTail reads from an offset on, and each new record at once",
  { ignore: missing },
  async () => {
    const topic = uniqueName("tail");
    await createTopic({ bootstrap, topic }, { partitions: 1 });
    const lines = Array.from({ length: 100 }, (_, i) => `${i}`);
    await produceLines(lines, { bootstrap, topic, partition: 0, codec: "none" });
    await using tail = new RunningTail(topic, 40);
    await tail.until(60);
    await produceLines(["100"], { bootstrap, topic, partition: 0, codec: "none" });
    await tail.until(61);
    assert.deepEqual(tail.texts, [...lines.slice(40), "100"]);
  },
);

Deno.test(
  "PartitionTail ends where the log has lost records that it has not read",
  { ignore: missing },
  async () => {
    const topic = uniqueName("tail");
    await createTopic({ bootstrap, topic }, { partitions: 1 });
    await produceLines(Array.from({ length: 10 }, (_, i) => `${i}`), {
      bootstrap,
      topic,
      partition: 0,
      codec: "none",
    });
    await withAdmin(bootstrap, async (admin) => {
      // This client must have fetched metadata of the topic before.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "5" }] });
    });
    for (
      const [offset, message] of [[3, /has lost 2 records/], [
        11,
        /ends before the next offset to read, 11/,
      ]] as const
    ) {
      await using tail = new RunningTail(topic, offset);
      const error = await tail.ended;
      assert.ok(error instanceof LogLostError);
      assert.match(error.message, message);
    }
  },
);
