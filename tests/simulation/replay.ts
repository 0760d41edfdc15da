// Runs one seed of the simulation again and prints every event: `deno run -A tests/simulation/replay.ts SEED`. If the seed
// fails, it first removes the faults without which it still fails.

import { makeScenario } from "./scenario.ts";
import { fails, shrink } from "./shrink.ts";
import { simulate } from "./simulation.ts";

const seed = Number(Deno.args[0]);
if (Deno.args.length !== 1 || !Number.isSafeInteger(seed)) {
  console.error("usage: deno run -A tests/simulation/replay.ts SEED");
  Deno.exit(2);
}
const whole = makeScenario(seed);
const scenario = await fails(whole) ? await shrink(whole) : whole;
console.log(scenario);
await simulate(scenario, { write: console.log });
console.log("the seed passes");
