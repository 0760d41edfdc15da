// A producer that outlives brokers: what is not acknowledged it sends again, over another connection. A batch may so be
// in the log twice; what the log holds is to be asked of the log.

import { systemClock } from "../../lib/clock.ts";
import { openProducer, type PartitionProducer } from "../kafka/producer.ts";

const RETRY_MS = 200;
const GIVE_UP_MS = 120_000;

export async function openPersistentProducer(
  target: { bootstrap: string; topic: string; partition: number },
): Promise<PartitionProducer> {
  let producer: PartitionProducer | undefined = await openProducer(target);
  let isClosed = false;
  return {
    async send(batch) {
      const untilMs = performance.now() + GIVE_UP_MS;
      while (!isClosed) {
        try {
          producer ??= await openProducer(target);
          return await producer.send(batch);
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
