// Runs one seed of the simulation again: `deno run -A tests/simulation/replay.ts SEED`. Where it fails, faults that it
// fails without are left out, and all that happens in the rest is told.

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
await simulate(scenario, console.log);
console.log("all is well");
