// A moment of what `deno task fuzz` does for long: what is kept in corpus/, then the first of the generated inputs.

import { formatFinding, GuardedFuzzer } from "./guarded_fuzzer.ts";
import { targets } from "./targets.ts";

const SEED = 7;
const DURATION_MS = 1_000;

Deno.test(`fuzzing, for a moment, with seed ${SEED}`, async (t) => {
  using fuzzer = new GuardedFuzzer();
  for (const { name } of targets) {
    await t.step(name, async () => {
      const plan = { target: name, seed: SEED, from: 0, inputs: Infinity, durationMs: DURATION_MS };
      const { finding } = await fuzzer.run(plan);
      if (finding !== undefined) throw new Error(formatFinding(plan, finding));
    });
  }
});
