// The window of the kafkajs baseline as a peer: prints each closed window.
//
//   deno run --allow-all bench/peers/kafkajs/word_counts.ts BROKERS TOPIC PARTITIONS

import kafkajs from "kafkajs/index.js";
import type { Consumer } from "kafkajs/types/index.d.ts";
import { MapWindow } from "../../kafkajs_baseline.ts";

const [brokers, topic, partitions] = Deno.args;
const kafka = new kafkajs.Kafka({ brokers: brokers.split(","), logLevel: kafkajs.logLevel.NOTHING });
const consumer: Consumer = kafka.consumer({ groupId: `peer-kafkajs-${crypto.randomUUID()}` });
let hasBegun = false;
const window = new MapWindow(Number(partitions), (endMs, top) => {
  if (top.length > 0) console.log(JSON.stringify({ window_end: endMs, top }));
});
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  eachBatch({ batch }) {
    if (!hasBegun) console.log(JSON.stringify({ first: true }));
    hasBegun = true;
    window.count(batch.partition, batch.messages);
    return Promise.resolve();
  },
});
