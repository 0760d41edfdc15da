import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { decodeSubscriptions, encodeSubscription } from "../../../lib/kafka/group/group_protocol.ts";
import { encodeSubscriptionFormat } from "../../../lib/kafka/group/member_codec.ts";
import { idleMachineMs } from "../../machine/process_cpu.ts";

/** Less than the shortest session timeout of a group, on a slow machine too. */
const MAX_MS = 5_000;

Deno.test("decodeSubscriptions() reads what one member claims without keeping the process busy", () => {
  const owned = [{ topic: "t", partition: 7 }];
  const honest = encodeSubscription({ topics: ["t"], owned, generation: 3 });
  const claims = (count: number) => `{"v":1,"generation":9,"owned":[["t",[0${",0".repeat(count - 1)}]]]}`;
  const colliding = `{${Array.from({ length: 10_000 }, (_, i) => `"k${i}":0`)}}`;
  const topics = Array.from({ length: 100_000 }, (_, i) => `["${100_000_000 + i * 2 ** 13}",[]]`);
  for (
    const [what, userData, expected] of [
      ["48 million claims", claims(48_000_000), 0],
      ["more claims than a cluster has partitions", claims(500_000), 100_000 - owned.length],
      ["ten thousand keys", colliding, 0],
      ["a million nested lists", `{"v":1,"generation":9,"owned":${"[".repeat(1e6)}${"]".repeat(1e6)}}`, 0],
      ["topics that collide in the engine's hash", `{"v":1,"generation":9,"owned":[${topics}]}`, 0],
    ] as const
  ) {
    const memberMetadata = encodeSubscriptionFormat({ topics: ["t"], userData: Buffer.from(userData) });
    const startedMs = idleMachineMs();
    const [first, last] = decodeSubscriptions([
      { memberId: "greedy", memberMetadata },
      { memberId: "honest", memberMetadata: honest },
    ]);
    const tookMs = idleMachineMs() - startedMs;
    assert.deepEqual(first, { memberId: "honest", topics: ["t"], owned, generation: 3 }, what);
    assert.equal(last.owned.length, expected, what);
    assert.ok(tookMs < MAX_MS, `${what}: ${tookMs} ms`);
  }
});
