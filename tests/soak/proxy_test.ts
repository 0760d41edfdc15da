// One broker behind a proxy that causes network faults. The stream goes to the broker directly.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { freePorts } from "../machine/free_ports.ts";
import { startKafka } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { type ProxyFault, TcpProxy } from "../machine/proxy.ts";
import { OutageRun } from "./outage_run.ts";
import { soakLength, soakSeed } from "./soak_length.ts";

interface Disturbance {
  readonly fault: ProxyFault;
  readonly forMs: number;
}

const SHORT: readonly Disturbance[] = [
  { fault: { kind: "latency", delayMs: 300 }, forMs: 2_000 },
  // In the middle of a response to a fetch, of one to ApiVersions, and of a length.
  { fault: { kind: "cut", afterBytes: 500 }, forMs: 3_000 },
  { fault: { kind: "cut", afterBytes: 100 }, forMs: 2_000 },
  { fault: { kind: "cut", afterBytes: 2 }, forMs: 2_000 },
  { fault: { kind: "dribble" }, forMs: 3_000 },
  // Longer than a request may take.
  { fault: { kind: "silence" }, forMs: 12_000 },
];

const LONG: readonly Disturbance[] = [
  { fault: { kind: "latency", delayMs: 2_500 }, forMs: 30_000 },
  ...[1, 3, 4, 7, 60, 1_000, 5_000].map((afterBytes): Disturbance => {
    return { fault: { kind: "cut", afterBytes }, forMs: 20_000 };
  }),
  { fault: { kind: "dribble" }, forMs: 60_000 },
  { fault: { kind: "silence" }, forMs: 90_000 },
  // So short that only requests under way notice it.
  ...Array.from({ length: 5 }, (): Disturbance => ({ fault: { kind: "silence" }, forMs: 1_000 })),
];

function openFiles(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

Deno.test({
  name: "rtcount run loses nothing and recovers by itself from faults of the network",
  ignore: await missingForKafka() !== undefined,
  async fn(t) {
    const seed = soakSeed("proxy_test");
    const [port] = freePorts(1);
    let target = "";
    await using kafka = await startKafka({
      advertise(address) {
        target = address;
        return `127.0.0.1:${port}`;
      },
    });
    await using proxy = await TcpProxy.start(port, target);
    await using run = await OutageRun.start({ kafka, topic: "disturbed", seed, brokers: [proxy.address] });
    await run.isReady();
    const { daemon } = run;
    const filesBefore = openFiles(daemon.pid);
    const connectionsBefore = proxy.connections;
    for (const { fault, forMs } of soakLength({ short: SHORT, long: [...SHORT, ...LONG] })) {
      const name = Object.values(fault).join(" ");
      await t.step(name, async () => {
        proxy.fault = fault;
        await systemClock.sleep(forMs);
        assert.ok(proxy.faults > 0, "the proxy caused no fault");
        if (fault.kind === "silence" && forMs > 11_000) await run.saysWhy(/no answer/);
        proxy.fault = { kind: "none" };
        await run.consumes(`after ${name}`);
        await run.isReady();
        // Closing what belonged to lost connections may take a moment.
        await daemon.waitFor(`${filesBefore} open files`, () => openFiles(daemon.pid) <= filesBefore);
        await daemon.waitFor("as many connections as before", () => proxy.connections <= connectionsBefore);
      });
    }
    await t.step("every window equals a recount of the topic", () => run.finish());
  },
});
