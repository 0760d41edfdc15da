// Finds a smaller scenario that goes wrong too.

import type { Scenario } from "./scenario.ts";
import { simulate } from "./simulation.ts";

/** Leaves out faults, one after the other, as long as it still fails. */
export async function shrink(failing: Scenario): Promise<Scenario> {
  let scenario = failing;
  for (let n = scenario.faults.length - 1; n >= 0; n--) {
    const fewer = { ...scenario, faults: scenario.faults.toSpliced(n, 1) };
    if (await fails(fewer)) scenario = fewer;
  }
  return scenario;
}

/** Whether anything goes wrong, be it something else than before. */
export async function fails(scenario: Scenario): Promise<boolean> {
  return await simulate(scenario).then(() => false, () => true);
}
