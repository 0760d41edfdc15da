import assert from "node:assert/strict";
import { GroupEpochs } from "../../../lib/kafka/group/group_epochs.ts";

Deno.test("GroupEpochs.meet() keeps the highest epoch", () => {
  const epochs = new GroupEpochs("name");
  assert.deepEqual([epochs.met, epochs.protocol], [0, "name"]);
  for (const epoch of [3, 7, 5]) epochs.meet(epoch);
  assert.equal(epochs.met, 7);
});
