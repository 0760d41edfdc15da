// Runs `deno task fuzz` for a moment: the inputs kept in corpus/, then the first generated ones.

import { formatFinding, GuardedFuzzer } from "./guarded_fuzzer.ts";
import { targets } from "./targets.ts";

const SEED = 7;
const DURATION_MS = 1_000;

Deno.test(`each fuzz target passes a short run with seed ${SEED}`, async (t) => {
  using fuzzer = new GuardedFuzzer();
  for (const { name } of targets) {
    await t.step(name, async () => {
      const plan = { target: name, seed: SEED, from: 0, inputs: Infinity, durationMs: DURATION_MS };
      const { finding } = await fuzzer.run(plan);
      if (finding !== undefined) throw new Error(formatFinding(plan, finding));
    });
  }
});
