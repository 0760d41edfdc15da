// Three members of one group that merges its counts, on a broker of their own, and the stream that they count.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { printedBlocks } from "../e2e/console_blocks.ts";
import type { KafkaCluster } from "../machine/kafka/broker.ts";
import { Member, type MemberRun } from "./member.ts";
import { CHUNKS_PER_SECOND, MemberStream, PARTITIONS, TOP } from "./member_stream.ts";
import { SESSION_MS, soakSettings, startSoakKafka } from "./soak_kafka.ts";

export const TOPIC = "merging";
const MEMBERS = 3;
/** A window closes, and a member starts, within the session timeout and this on the slowest machine. */
const SLACK_MS = 120_000;
/** Reports that are under way close this many windows at most. */
const WINDOWS_UNDER_WAY = 3;
const POLL_MS = 50;

export interface MergeGroupOptions {
  readonly window: { readonly lengthMs: number; readonly slideMs: number; readonly latenessMs: number };
  readonly recordsPerSecond: number;
  readonly durationMs: number;
  readonly seed: number;
  readonly output?: Readonly<Record<string, unknown>>;
}

export class MergeGroup implements AsyncDisposable {
  readonly kafka: KafkaCluster;
  readonly stream: MemberStream;
  readonly members: readonly Member[];
  readonly #slideMs: number;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    { kafka, stream, members, slideMs, stack }: {
      kafka: KafkaCluster;
      stream: MemberStream;
      members: readonly Member[];
      slideMs: number;
      stack: AsyncDisposableStack;
    },
  ) {
    this.kafka = kafka;
    this.stream = stream;
    this.members = members;
    this.#slideMs = slideMs;
    this.#stack = stack;
  }

  /** Starts everything, and waits for a window of each member. `prepare` makes more topics. */
  static async start(
    { window, recordsPerSecond, durationMs, seed, output = {} }: MergeGroupOptions,
    prepare: (kafka: KafkaCluster) => Promise<void> = () => Promise.resolve(),
  ): Promise<MergeGroup> {
    await using starting = new AsyncDisposableStack();
    const kafka = starting.use(await startSoakKafka());
    await kafka.createTopic(TOPIC, { partitions: PARTITIONS.length });
    await prepare(kafka);
    const stream = starting.use(
      new MemberStream({
        bootstrap: kafka.bootstrap,
        topic: TOPIC,
        window,
        durationMs,
        seed,
        recordsPerChunk: Math.ceil(recordsPerSecond / CHUNKS_PER_SECOND / PARTITIONS.length),
      }),
    );
    const settings = {
      ...soakSettings(kafka, { topic: TOPIC, window, top: TOP }),
      merge: { enabled: true },
      output,
    };
    const members = Array.from({ length: MEMBERS }, () => starting.use(new Member(settings)));
    for (const member of members) member.start();
    const { slideMs } = window;
    const group = new MergeGroup({ kafka, stream, members, slideMs, stack: starting.move() });
    try {
      await group.closesMore();
    } catch (error) {
      await group[Symbol.asyncDispose]();
      throw error;
    }
    return group;
  }

  get runs(): MemberRun[] {
    return this.members.flatMap(({ runs }) => runs);
  }

  /** The end of the newest window that any member has printed; -Infinity for none. */
  get newestEndMs(): number {
    return Math.max(...this.runs.map(newestEndOf));
  }

  /**
   * Waits until each of these members, all by default, has closed windows that no report under way can close. Returns how
   * long that took.
   */
  async closesMore(members: readonly Member[] = this.members): Promise<number> {
    const begunMs = performance.now();
    const pastMs = this.newestEndMs + WINDOWS_UNDER_WAY * this.#slideMs;
    while (!members.every(({ run }) => run !== undefined && newestEndOf(run) > pastMs)) {
      const logs = () => members.map(({ run }) => run?.daemon.stderr.slice(-3_000)).join("\n---\n");
      assert.ok(
        performance.now() - begunMs < SESSION_MS + SLACK_MS,
        `no window of each member after ${pastMs}:\n${logs()}`,
      );
      await systemClock.sleep(POLL_MS);
    }
    return performance.now() - begunMs;
  }

  /** Stops all members; each has to end with status 0. */
  async stop(): Promise<void> {
    for (const member of this.members) await member.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

export function newestEndOf({ daemon }: MemberRun): number {
  const block = printedBlocks(daemon.stdout).at(-1);
  return block === undefined ? -Infinity : endOf(block);
}

/** The end of the window that a block of the console shows. */
export function endOf(block: string): number {
  return Date.parse(`${/^Time: (.*)$/m.exec(block)?.[1]}Z`);
}
