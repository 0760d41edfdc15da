// Three brokers, each partition on all of them: they are stopped, killed and frozen, one after the other and all at once.

import { systemClock } from "../../lib/async/clock.ts";
import { type KafkaCluster, startKafka } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { OutageRun } from "./outage_run.ts";
import { soakLength, soakSeed } from "./soak_length.ts";

type Blow = "stopped" | "killed" | "frozen";

interface Outage {
  readonly blow: Blow;
  readonly brokers: readonly number[];
}

const ALL = [0, 1, 2];
const HOLD_MS = soakLength({ short: 3_000, long: 15_000 });

const OUTAGES: readonly Outage[] = soakLength<readonly Outage[]>({
  short: [
    { blow: "stopped", brokers: [0] },
    { blow: "killed", brokers: [1] },
    { blow: "killed", brokers: ALL },
  ],
  long: [
    ...(["stopped", "killed", "frozen"] as const).flatMap((blow) =>
      ALL.map((broker) => ({ blow, brokers: [broker] }))
    ),
    ...(["stopped", "killed", "frozen"] as const).map((blow) => ({ blow, brokers: ALL })),
  ],
});

async function strike(kafka: KafkaCluster, { blow, brokers }: Outage): Promise<void> {
  switch (blow) {
    case "stopped":
      await Promise.all(brokers.map((broker) => kafka.shutDown(broker)));
      break;
    case "killed":
      await Promise.all(brokers.map((broker) => kafka.kill(broker)));
      break;
    case "frozen":
      for (const broker of brokers) kafka.pause(broker);
      break;
  }
}

async function undo(kafka: KafkaCluster, { blow, brokers }: Outage): Promise<void> {
  if (blow !== "frozen") return await kafka.restart(...brokers);
  for (const broker of brokers) kafka.resume(broker);
}

Deno.test({
  name: "rtcount run loses nothing and goes on by itself, whatever becomes of its brokers",
  ignore: await missingForKafka() !== undefined,
  async fn(t) {
    const seed = soakSeed("brokers_test");
    await using kafka = await startKafka({ brokers: 3 });
    await using run = await OutageRun.start({ kafka, topic: "outlived", seed, brokers: kafka.addresses });
    for (const outage of OUTAGES) {
      const { blow, brokers } = outage;
      const name = `${brokers.length === ALL.length ? "all brokers" : `broker ${brokers}`} ${blow}`;
      await t.step(name, async () => {
        await strike(kafka, outage);
        if (brokers.length === ALL.length) await run.saysWhy(/127\.0\.0\.1:\d+/);
        else await run.consumes(`${name}, still away`);
        await systemClock.sleep(HOLD_MS);
        await undo(kafka, outage);
        await run.consumes(`${name}, back`);
        await run.isReady();
      });
    }
    await t.step("every window is there, as the topic has it", () => run.finish());
  },
});
