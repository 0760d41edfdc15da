import assert from "node:assert/strict";
import type { Buffer } from "node:buffer";
import { ErrorCode, type KafkaError } from "../../../lib/kafka/connection/kafka_error.ts";
import { GroupEpochs } from "../../../lib/kafka/group/group_epochs.ts";
import type { GroupAssignment } from "../../../lib/kafka/group/group_protocol.ts";
import { Membership } from "../../../lib/kafka/group/membership.ts";
import type { KafkaClient } from "../../../lib/kafka/kafka_client.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";
import { settle } from "../../fakes/settle.ts";

interface GroupRequest {
  readonly groupProtocols: readonly { readonly metadata: Buffer }[];
  readonly groupAssignment: readonly { readonly memberAssignment: Buffer }[];
}

/** The only member of a group, whose coordinator accepts all that it asks for. */
function loneMember() {
  const clock = new ManualClock();
  const epochs = new GroupEpochs("merge");
  const assignments: GroupAssignment[] = [];
  const reasons: (KafkaError | undefined)[] = [];
  let generationId = 0;
  const answers = {
    JoinGroup: ({ groupProtocols: [{ metadata: memberMetadata }] }: GroupRequest) => {
      generationId++;
      return { generationId, memberId: "m", leaderId: "m", members: [{ memberId: "m", memberMetadata }] };
    },
    SyncGroup: ({ groupAssignment: [{ memberAssignment }] }: GroupRequest) => ({ memberAssignment }),
    Heartbeat: () => ({}),
  };
  const client = {
    findCoordinator: () => Promise.resolve({ errorCode: ErrorCode.none, address: "b:9092" }),
    metadata: () => Promise.resolve(new Map()),
    request: (_: string, api: keyof typeof answers, args: GroupRequest) =>
      Promise.resolve({ errorCode: ErrorCode.none, ...answers[api](args) }),
  } as unknown as KafkaClient;
  const membership = new Membership({
    group: "g",
    sessionTimeoutMs: 10_000,
    topics: { topics: ["t"], partitions: [] },
    epochs,
    clock,
  });
  const stopping = new AbortController();
  const listener = {
    onRejoin: () => Promise.resolve(),
    onAssigned: (assignment: GroupAssignment) => void assignments.push(assignment),
    onJoinsInVain: (error: KafkaError | undefined) => void reasons.push(error),
    onMember() {},
  };
  const running = membership.run({ client, listener, signal: stopping.signal });
  return {
    epochs,
    reasons,
    numbers: () => assignments.map(({ epoch }) => epoch?.number),
    async pass(ms: number): Promise<void> {
      for (let left = ms; left > 0; left -= 500) {
        await settle();
        clock.advance(500);
      }
      await settle();
    },
    async [Symbol.asyncDispose](): Promise<void> {
      stopping.abort();
      await running;
    },
  };
}

Deno.test("Membership joins again for a higher epoch where the pane log has one that the coordinator does not know", async () => {
  await using member = loneMember();
  await member.pass(30_000);
  assert.deepEqual([member.numbers(), member.reasons], [[1], []]);
  member.epochs.meet(2);
  await member.pass(30_000);
  assert.deepEqual(member.numbers(), [1, 2 ** 32 + 2]);
  assert.match(member.reasons.join(), /the pane log has a report of a newer assignment than epoch 1/);
});

Deno.test("Membership joins at a pace, however often the pane log has a higher epoch", async () => {
  await using member = loneMember();
  for (let second = 0; second < 60; second++) {
    member.epochs.meet(member.epochs.met + 1);
    await member.pass(1_000);
  }
  assert.ok(member.numbers().length <= 7, String(member.numbers()));
});
