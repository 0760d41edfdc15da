// A member of a group that merges loses partitions to another one, and is killed or frozen in a step of that: while
// something of it is under way to the broker or back. No record is missing, and none is counted twice.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { type Random, randomInteger, seededRandom } from "../../lib/source/synthetic/random.ts";
import { RtcountDaemon } from "../e2e/rtcount_process.ts";
import { freePorts } from "../machine/free_ports.ts";
import { type KafkaCluster, startKafka } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { Api, type HeldMessage, HoldingProxy } from "../machine/kafka/holding_proxy.ts";
import { BucketStream, SESSION_MS } from "./bucket_stream.ts";
import { isLong, soakSeed } from "./soak_length.ts";

const ROUNDS = 50;
const BUCKETS_PER_ROUND = 21;
/** A step that a round does not reach is passed over. */
const STEP_WAIT_MS = 10_000;
const FROZEN_MS = 60_000;

interface Step {
  readonly name: string;
  /** It is under way when the member is killed. */
  readonly message?: (stream: BucketStream) => HeldMessage;
}

const STEPS: readonly Step[] = [
  { name: "counting" },
  { name: "report on its way", message: ({ panes }) => ({ api: Api.produce, side: "request", text: panes }) },
  {
    name: "report not acknowledged",
    message: ({ panes }) => ({ api: Api.produce, side: "answer", text: panes }),
  },
  { name: "commit on its way", message: () => ({ api: Api.offsetCommit, side: "request" }) },
  { name: "commit not acknowledged", message: () => ({ api: Api.offsetCommit, side: "answer" }) },
  { name: "without heartbeats", message: () => ({ api: Api.heartbeat, side: "request" }) },
  { name: "joining", message: () => ({ api: Api.joinGroup, side: "answer" }) },
  { name: "joined, not assigned", message: () => ({ api: Api.syncGroup, side: "answer" }) },
  {
    name: "marker on its way",
    message: ({ panes }) => ({ api: Api.produce, side: "request", text: panes, after: Api.syncGroup }),
  },
  {
    name: "marker not read",
    message: ({ panes }) => ({ api: Api.fetch, side: "answer", text: panes, after: Api.syncGroup }),
  },
  {
    name: "window on its way",
    message: ({ windows }) => ({ api: Api.produce, side: "request", text: windows }),
  },
  {
    name: "window not acknowledged",
    message: ({ windows }) => ({ api: Api.produce, side: "answer", text: windows }),
  },
];

/** A broker, and a proxy to it for the member that is disturbed. */
class Site implements AsyncDisposable {
  readonly kafka: KafkaCluster;
  readonly proxy: HoldingProxy;

  private constructor(kafka: KafkaCluster, proxy: HoldingProxy) {
    this.kafka = kafka;
    this.proxy = proxy;
  }

  static async start(): Promise<Site> {
    const [port] = freePorts(1);
    let target = "";
    const kafka = await startKafka({
      advertise(address) {
        target = address;
        return `127.0.0.1:${port}`;
      },
    });
    return new Site(kafka, await HoldingProxy.start(port, target));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    await this.kafka[Symbol.asyncDispose]();
  }
}

/** Waits for the message, for a limited time; returns whether it is held. */
async function isHeld(held: Promise<void>): Promise<boolean> {
  const waiting = new AbortController();
  const late = systemClock.sleep(STEP_WAIT_MS, waiting.signal).then(() => false);
  const isInTime = await Promise.race([held.then(() => true), late]);
  waiting.abort();
  return isInTime;
}

interface Round {
  readonly site: Site;
  readonly stream: BucketStream;
  readonly random: Random;
  /** The number of buckets before this round. */
  readonly firstBucket: number;
}

/** Another member takes partitions of the one that counts, which is killed in the step. Returns the other one. */
async function killIn(
  { name, message }: Step,
  victim: RtcountDaemon,
  { site: { proxy }, stream, random, firstBucket }: Round,
): Promise<RtcountDaemon> {
  await stream.produce(firstBucket + 8);
  await stream.closed(victim, firstBucket + 7);
  const held = message === undefined
    ? Promise.resolve()
    : proxy.hold({ ...message(stream), isOnOpenConnection: true });
  const next = new RtcountDaemon(stream.settings(proxy.address));
  try {
    await stream.produce(firstBucket + 11);
    const isReached = await isHeld(held);
    await systemClock.sleep(randomInteger(random, 0, SESSION_MS));
    victim.kill("SIGKILL");
    await victim.status;
    // In half of the rounds what is under way arrives after the end of its sender.
    if (random() < 0.5) proxy.release();
    await stream.produce(firstBucket + BUCKETS_PER_ROUND);
    await stream.closed(next, firstBucket + 12);
    proxy.release();
    await stream.closed(next, firstBucket + BUCKETS_PER_ROUND - 1);
    console.log(`bucket ${firstBucket}: killed in "${name}"${isReached ? "" : ", which was not reached"}`);
    return next;
  } catch (error) {
    await next[Symbol.asyncDispose]();
    throw error;
  }
}

if (isLong) {
  const ignore = await missingForKafka() !== undefined;
  Deno.test({
    name:
      `a member of a group that merges is killed while its partitions are revoked, in each step, ${ROUNDS} times`,
    ignore,
    async fn() {
      const random = seededRandom(soakSeed("merge_kills_test"), 0);
      await using site = await Site.start();
      using stream = await BucketStream.open(site.kafka, {
        topic: "killed",
        buckets: ROUNDS * BUCKETS_PER_ROUND,
      });
      let member = new RtcountDaemon(stream.settings(site.proxy.address));
      try {
        for (let n = 0; n < ROUNDS; n++) {
          const round = { site, stream, random, firstBucket: n * BUCKETS_PER_ROUND };
          member = await killIn(STEPS[n % STEPS.length], member, round);
        }
        const windows = await stream.check(member, ROUNDS * BUCKETS_PER_ROUND - 1);
        console.log(`${ROUNDS} rounds: ${windows} buckets whole, no record is missing or counted twice`);
      } finally {
        await member[Symbol.asyncDispose]();
      }
    },
  });

  Deno.test({
    name:
      "the report of a member that is frozen beyond its session comes after its partitions have moved, and is void",
    ignore,
    async fn() {
      await using site = await Site.start();
      const { kafka, proxy } = site;
      using stream = await BucketStream.open(kafka, { topic: "frozen", buckets: BUCKETS_PER_ROUND });
      await stream.produce(8);
      await using frozen = new RtcountDaemon(stream.settings(proxy.address));
      await using other = new RtcountDaemon(stream.settings());
      const members = [frozen, other];
      const assigned = () => Promise.all(members.map((one) => one.metric("rtcount_assigned_partitions")));
      await other.waitFor("two members", async () => (await assigned()).join() === "3,3");
      await stream.closed(other, 7);
      const held = proxy.hold({ api: Api.produce, side: "request", text: stream.panes });
      await stream.produce(11);
      assert.ok(await isHeld(held), "a report is under way");
      frozen.kill("SIGSTOP");
      const frozenMs = performance.now();
      await other.waitFor(
        "all partitions",
        async () => await other.metric("rtcount_assigned_partitions") === 6,
      );
      await stream.closed(other, 10);
      await systemClock.sleep(frozenMs + FROZEN_MS - performance.now());
      proxy.release();
      frozen.kill("SIGCONT");
      const outdated = 'rtcount_merge_reports_total{result="outdated"}';
      await other.metricAtLeast(outdated, 1);
      await other.waitFor("two members again", async () => (await assigned()).join() === "3,3");
      await stream.produce(BUCKETS_PER_ROUND);
      await stream.closed(frozen, BUCKETS_PER_ROUND - 1);
      await stream.check(other, BUCKETS_PER_ROUND - 1);
      console.log(`void reports that the other member has read: ${await other.metric(outdated)}`);
    },
  });
}
