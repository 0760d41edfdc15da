// Three brokers, each with a replica of every partition, are stopped, killed and frozen: one at a time and all at once.

import { systemClock } from "../../lib/async/clock.ts";
import { type KafkaCluster, startKafka } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { OutageRun } from "./outage_run.ts";
import { soakLength, soakSeed } from "./soak_length.ts";

type Failure = "stopped" | "killed" | "frozen";

interface Outage {
  readonly failure: Failure;
  readonly brokers: readonly number[];
}

const ALL = [0, 1, 2];
const HOLD_MS = soakLength({ short: 3_000, long: 15_000 });

const OUTAGES: readonly Outage[] = soakLength<readonly Outage[]>({
  short: [
    { failure: "stopped", brokers: [0] },
    { failure: "killed", brokers: [1] },
    { failure: "killed", brokers: ALL },
  ],
  long: [
    ...(["stopped", "killed", "frozen"] as const).flatMap((failure) =>
      ALL.map((broker) => ({ failure, brokers: [broker] }))
    ),
    ...(["stopped", "killed", "frozen"] as const).map((failure) => ({ failure, brokers: ALL })),
  ],
});

async function cause(kafka: KafkaCluster, { failure, brokers }: Outage): Promise<void> {
  switch (failure) {
    case "stopped":
      await Promise.all(brokers.map((broker) => kafka.shutDown(broker)));
      break;
    case "killed":
      await Promise.all(brokers.map((broker) => kafka.kill(broker)));
      break;
    case "frozen":
      await Promise.all(brokers.map((broker) => kafka.pause(broker)));
      break;
  }
}

async function undo(kafka: KafkaCluster, { failure, brokers }: Outage): Promise<void> {
  if (failure !== "frozen") return await kafka.restart(...brokers);
  for (const broker of brokers) kafka.resume(broker);
}

Deno.test({
  name: "rtcount run loses nothing and recovers by itself from failures of its brokers",
  ignore: await missingForKafka() !== undefined,
  async fn(t) {
    const seed = soakSeed("brokers_test");
    await using kafka = await startKafka({ brokers: 3 });
    await using run = await OutageRun.start({ kafka, topic: "outlived", seed, brokers: kafka.addresses });
    for (const outage of OUTAGES) {
      const { failure, brokers } = outage;
      const name = `${brokers.length === ALL.length ? "all brokers" : `broker ${brokers}`} ${failure}`;
      await t.step(name, async () => {
        await cause(kafka, outage);
        if (brokers.length === ALL.length) await run.saysWhy(/127\.0\.0\.1:\d+/);
        else await run.consumes(`${name}, still down`);
        await systemClock.sleep(HOLD_MS);
        await undo(kafka, outage);
        await run.consumes(`${name}, back`);
        await run.isReady();
      });
    }
    await t.step("every window equals a recount of the topic", () => run.finish());
  },
});
