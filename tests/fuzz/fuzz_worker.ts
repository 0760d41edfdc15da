// Runs targets in a thread of their own, so that the main thread can end one that hangs.

import { fuzz, type FuzzPlan } from "./fuzzer.ts";
import { targets } from "./targets.ts";

interface WorkerScope {
  onmessage: ((event: MessageEvent<{ plan: FuzzPlan; current: Int32Array }>) => void) | null;
  postMessage(message: unknown): void;
}
const scope = globalThis as unknown as WorkerScope;

scope.onmessage = async ({ data: { plan, current } }) => {
  const target = targets.find(({ name }) => name === plan.target);
  if (target === undefined) throw new RangeError(`there is no target ${plan.target}`);
  scope.postMessage(await fuzz(target, plan, (iteration) => Atomics.store(current, 0, iteration)));
};
