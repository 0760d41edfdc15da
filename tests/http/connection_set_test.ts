import assert from "node:assert/strict";
import fc from "fast-check";
import { ConnectionSet } from "../../lib/http/connection_set.ts";

interface Member {
  readonly address: string;
  readonly isEligible: boolean;
}

const anyMember = fc.record({
  address: fc.constantFrom("a", "b", "c", "__proto__"),
  isEligible: fc.boolean(),
});
const anyStep = fc.record({ kind: fc.constantFrom("add", "delete"), index: fc.nat(19) });

/** As the definition says, from a plain list. */
function naiveOldestOfMost(members: readonly Member[], isEligible: (member: Member) => boolean) {
  const countOf = (address: string) => members.filter((each) => each.address === address).length;
  const most = Math.max(...members.map(({ address }) => countOf(address)));
  return members.find((each) => countOf(each.address) === most && isEligible(each));
}

Deno.test("ConnectionSet finds the oldest of the address with most, whatever comes and goes", () => {
  fc.assert(fc.property(
    fc.array(anyMember, { minLength: 20, maxLength: 20 }),
    fc.array(anyStep, { maxLength: 60 }),
    anyMember,
    (members, steps, newcomer) => {
      const set = new ConnectionSet<Member>();
      let model: Member[] = [];
      for (const { kind, index } of steps) {
        const member = members[index];
        if (kind === "delete") {
          assert.equal(set.delete(member), model.includes(member));
          model = model.filter((each) => each !== member);
        } else if (!model.includes(member)) model.push(member);
        if (kind === "add") set.add(member);
        assert.equal(set.size, model.length);
        const isEligible = (each: Member) => each.isEligible;
        assert.equal(set.oldestOfMost(isEligible), naiveOldestOfMost(model, isEligible));
        const crowd = naiveOldestOfMost(model, () => true);
        const countOf = (address?: string) => model.filter((each) => each.address === address).length;
        const isCrowd = countOf(crowd?.address) >= 2 * (countOf(newcomer.address) + 1);
        assert.equal(set.crowdOver(newcomer), isCrowd ? crowd : undefined);
      }
    },
  ));
});
