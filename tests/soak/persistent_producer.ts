// A producer that survives failures of brokers: it sends unacknowledged records again over another connection. So a batch
// may be in the log twice, and only the log says what it contains.

import { systemClock } from "../../lib/async/clock.ts";
import { leaders } from "../machine/kafka/kcat.ts";
import { openProducer, type PartitionProducer } from "../machine/kafka/producer.ts";

const RETRY_MS = 200;
/** A frozen broker does not answer; a client that waits for its answer loses some seconds. */
const ANSWER_MS = 8_000;
const GIVE_UP_MS = 120_000;

export async function openPersistentProducer(
  target: { bootstrap: string; topic: string; partition: number },
): Promise<PartitionProducer> {
  const open = async () => {
    const leader = (await leaders(target)).get(target.partition);
    if (leader === undefined) throw new Error(`${target.topic}/${target.partition} has no leader`);
    return await openProducer({ ...target, leader });
  };
  let producer: PartitionProducer | undefined = await open();
  let isClosed = false;
  return {
    async send(batch) {
      const untilMs = performance.now() + GIVE_UP_MS;
      while (!isClosed) {
        try {
          producer ??= await open();
          return await sendInTime(producer, batch);
        } catch (error) {
          if (performance.now() > untilMs) throw error;
          producer?.[Symbol.dispose]();
          producer = undefined;
          await systemClock.sleep(RETRY_MS);
        }
      }
    },
    [Symbol.dispose]() {
      isClosed = true;
      producer?.[Symbol.dispose]();
    },
  };
}

/** A request that takes too long fails with its connection. */
async function sendInTime(producer: PartitionProducer, batch: Uint8Array): Promise<void> {
  const timer = setTimeout(() => producer[Symbol.dispose](), ANSWER_MS);
  try {
    await producer.send(batch);
  } finally {
    clearTimeout(timer);
  }
}
