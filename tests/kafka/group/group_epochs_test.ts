import assert from "node:assert/strict";
import { GroupEpochs } from "../../../lib/kafka/group/group_epochs.ts";

Deno.test("GroupEpochs.meet() keeps the highest epoch", () => {
  const epochs = new GroupEpochs("name");
  assert.deepEqual([epochs.met, epochs.protocol], [0, "name"]);
  for (const epoch of [3, 7, 5]) epochs.meet(epoch);
  assert.equal(epochs.met, 7);
});

Deno.test("GroupEpochs.outdated() says that the log has a newer epoch than the assignment, not too often", () => {
  const epochs = new GroupEpochs("name");
  assert.equal(epochs.outdated(0), undefined);
  epochs.assign(5, 1_000);
  assert.equal(epochs.outdated(60_000), undefined);
  epochs.meet(6);
  assert.equal(epochs.outdated(10_999), undefined);
  assert.match(epochs.outdated(11_000)?.message ?? "", /newer assignment than epoch 5.*joining again/);
  epochs.assign(7, 12_000);
  assert.equal(epochs.outdated(60_000), undefined);
});
