// The rule for groups whose members count differently: a coordinator refuses a member that offers another assigner's name
// than those in the group, until the group is empty. lib/merge relies on it.

import assert from "node:assert/strict";
import { ErrorCode } from "../../../lib/kafka/connection/kafka_error.ts";
import { isCoordinatorElsewhere } from "../../../lib/kafka/group/coordinator.ts";
import { encodeSubscription } from "../../../lib/kafka/group/group_protocol.ts";
import { NetworkClient } from "../../../lib/kafka/network_client.ts";
import { startKafka } from "../../machine/kafka/broker.ts";
import { KAFKA_VERSION, missingForKafka, NEWEST_KAFKA_VERSION } from "../../machine/kafka/distribution.ts";

const ignore = await missingForKafka() !== undefined;
const GROUP = "names";

interface Joined {
  readonly errorCode: number;
  readonly memberId: string;
  readonly generationId: number;
}

/** A member that joins by hand, so that each answer of the coordinator is seen. */
class Member {
  readonly #client: NetworkClient;
  readonly #protocol: string;
  #address = "";
  #memberId = "";

  constructor(bootstrap: string, protocol: string) {
    this.#client = new NetworkClient({ bootstrap: [bootstrap], clientId: protocol });
    this.#protocol = protocol;
  }

  /** The error code of the answer to JoinGroup. */
  async join(): Promise<number> {
    await this.#findCoordinator();
    let joined = await this.#requestJoin();
    if (joined.errorCode === ErrorCode.memberIdRequired) {
      this.#memberId = joined.memberId;
      joined = await this.#requestJoin();
    }
    if (joined.errorCode !== ErrorCode.none) return joined.errorCode;
    this.#memberId = joined.memberId;
    const { memberId } = joined;
    const groupAssignment = [{ memberId, memberAssignment: new Uint8Array(0) }];
    const args = { groupId: GROUP, generationId: joined.generationId, memberId, groupAssignment };
    const { errorCode } = await this.#client.request<Joined>(this.#address, "SyncGroup", args);
    return errorCode;
  }

  async leave(): Promise<void> {
    await this.#client.request(this.#address, "LeaveGroup", { groupId: GROUP, memberId: this.#memberId });
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #findCoordinator(): Promise<void> {
    while (this.#address === "") {
      const { errorCode, address } = await this.#client.findCoordinator(GROUP);
      if (errorCode === ErrorCode.none) this.#address = address;
    }
  }

  async #requestJoin(): Promise<Joined> {
    const metadata = encodeSubscription({ topics: ["t"], owned: [], generation: -1 });
    const args = {
      groupId: GROUP,
      sessionTimeout: 30_000,
      rebalanceTimeout: 30_000,
      memberId: this.#memberId,
      protocolType: "consumer",
      groupProtocols: [{ name: this.#protocol, metadata }],
    };
    while (true) {
      const joined = await this.#client.request<Joined>(this.#address, "JoinGroup", args, {
        use: "group",
        timeoutMs: 40_000,
      });
      // The coordinator of a new cluster still makes its topic.
      if (!isCoordinatorElsewhere(joined.errorCode)) {
        return joined;
      }
    }
  }
}

for (const version of [KAFKA_VERSION, NEWEST_KAFKA_VERSION]) {
  Deno.test(`Kafka ${version} refuses a member with another assigner's name while the group has members`, {
    ignore,
  }, async () => {
    await using kafka = await startKafka({ version });
    const [present, other] = ["one", "other"].map((name) => new Member(kafka.bootstrap, name));
    try {
      assert.equal(await present.join(), ErrorCode.none);
      for (let n = 0; n < 3; n++) assert.equal(await other.join(), ErrorCode.inconsistentGroupProtocol);
      await present.leave();
      assert.equal(await other.join(), ErrorCode.none, "the group is empty");
      assert.equal(await present.join(), ErrorCode.inconsistentGroupProtocol);
    } finally {
      await Promise.all([present.close(), other.close()]);
    }
  });
}
