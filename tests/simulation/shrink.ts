// Finds a smaller scenario that fails too.

import type { Scenario } from "./scenario.ts";
import { simulate } from "./simulation.ts";

/** Removes faults one by one while the scenario still fails. */
export async function shrink(failing: Scenario): Promise<Scenario> {
  let scenario = failing;
  for (let n = scenario.faults.length - 1; n >= 0; n--) {
    const fewer = { ...scenario, faults: scenario.faults.toSpliced(n, 1) };
    if (await fails(fewer)) scenario = fewer;
  }
  return scenario;
}

/** Whether the scenario fails, for any reason. */
export async function fails(scenario: Scenario): Promise<boolean> {
  return await simulate(scenario).then(() => false, () => true);
}
