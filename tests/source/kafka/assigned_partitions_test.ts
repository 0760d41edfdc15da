import assert from "node:assert/strict";
import type { KafkaClient } from "../../../lib/kafka/kafka_client.ts";
import { partitionKey } from "../../../lib/kafka/topic_partition.ts";
import type { Progress } from "../../../lib/source/source.ts";
import { AssignedPartitions } from "../../../lib/source/kafka/assigned_partitions.ts";
import { parseCommitMetadata } from "../../../lib/source/kafka/commit_metadata.ts";
import type { PartitionCommit } from "../../../lib/source/kafka/sent_commits.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";
import { settle } from "../../fakes/settle.ts";
import { silentLog } from "../../fakes/silent_log.ts";

const SLIDE_MS = 2_000;
const [FIRST, SECOND] = [0, 1].map((partition) => ({ topic: "t", partition }));
const signal = new AbortController().signal;

/** A member of a group whose leader knows more partitions than the member, or fewer, as a test says. */
class Member {
  accepts = true;
  /** By partition key: the commits that the group has taken. */
  readonly commits = new Map<string, PartitionCommit>();
  readonly assigned: AssignedPartitions;
  readonly clock = new ManualClock({ nowMs: 1_000_000 });
  readonly #client: KafkaClient;
  readonly #membership = {
    hasAll: false,
    committed: () => Promise.resolve(this.commits),
    commit: (_: unknown, commits: readonly PartitionCommit[]) => {
      const taken = this.accepts ? commits : [];
      for (const commit of taken) this.commits.set(partitionKey(commit), commit);
      return Promise.resolve(this.accepts);
    },
  };

  constructor() {
    const { clock } = this;
    const topics = { topics: ["t"], partitions: [FIRST, SECOND], isNewTopic: () => false };
    this.assigned = new AssignedPartitions({
      membership: this.#membership,
      topics: topics as unknown as ConstructorParameters<typeof AssignedPartitions>[0]["topics"],
      start: "earliest",
      window: { lengthMs: 60_000, slideMs: SLIDE_MS, time: "event" },
      snapshots: undefined,
      groupLog: undefined,
      clock,
      log: silentLog,
    });
    this.#client = {
      listOffsets: (asked: readonly (typeof FIRST)[]) =>
        Promise.resolve(new Map(asked.map((one) => [partitionKey(one), 0]))),
    } as unknown as KafkaClient;
  }

  /** Whether the member has begun with the partitions. */
  async begin(partitions: readonly (typeof FIRST)[], { hasAll }: { readonly hasAll: boolean }) {
    this.#membership.hasAll = hasAll;
    this.assigned.take({ partitions, begunTopics: [], mustJoinAgain: false }, false);
    return await this.assigned.start(this.#client, signal) !== undefined;
  }

  async close(closedUntilMs: number, isHandover = false): Promise<boolean> {
    const { assignment } = this.assigned;
    assert.ok(assignment !== undefined);
    const partitions = assignment.partitions.map(({ topic, partition, position }) => {
      return { topic, partition, position, replayFrom: position };
    });
    return await this.assigned.save(
      this.#client,
      { assignment, isHandover, closedUntilMs, firstEndMs: -Infinity, partitions } as unknown as Progress,
    );
  }

  wholeUntil({ topic, partition }: typeof FIRST): number | undefined {
    return parseCommitMetadata(this.commits.get(`${topic}/${partition}`)?.metadata ?? "")?.wholeUntilMs;
  }
}

Deno.test("AssignedPartitions.save() says which windows a member with all partitions has closed", async () => {
  const member = new Member();
  assert.ok(await member.begin([FIRST, SECOND], { hasAll: true }));
  assert.ok(await member.close(900_000));
  assert.equal(member.wholeUntil(FIRST), 900_000);
  assert.ok(await member.begin([FIRST], { hasAll: false }));
  assert.ok(await member.close(910_000));
  assert.equal(member.wholeUntil(FIRST), 900_000, "others may be behind with the other partition");
});

Deno.test("AssignedPartitions.save() does not say so where the leader knows of other partitions", async () => {
  const member = new Member();
  assert.ok(await member.begin([FIRST, SECOND], { hasAll: false }));
  assert.ok(await member.close(900_000));
  assert.equal(member.wholeUntil(FIRST), undefined);
});

Deno.test("AssignedPartitions does not pass on what the group has rejected: another member has the partition", async () => {
  const member = new Member();
  assert.ok(await member.begin([FIRST], { hasAll: false }));
  assert.ok(await member.close(900_000));
  member.accepts = false;
  assert.ok(!await member.begin([FIRST, SECOND], { hasAll: true }));
  member.accepts = true;
  assert.ok(await member.begin([FIRST], { hasAll: false }));
  assert.ok(await member.close(910_000));
  assert.equal(member.wholeUntil(FIRST), undefined);
});

Deno.test("AssignedPartitions.waitForSave() ends with a save that was made for it, or after a while", async () => {
  const member = new Member();
  assert.ok(await member.begin([FIRST], { hasAll: true }));
  assert.equal(member.assigned.isHandingOver, false);
  for (const saves of [[false, true], [false]]) {
    let isOver = false;
    const waiting = member.assigned.waitForSave(signal).then(() => isOver = true);
    for (const isHandover of saves) {
      await settle();
      assert.deepEqual([isOver, member.assigned.isHandingOver], [false, true]);
      await member.close(900_000, isHandover);
    }
    await settle();
    if (!saves.at(-1)) member.clock.advance(2_000);
    await waiting;
    assert.equal(member.assigned.isHandingOver, false);
  }
});
