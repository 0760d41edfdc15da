// The program on a machine whose clock is wrong by CLOCK_SHIFT_MS.

import { main } from "../../lib/cli/main.ts";
import { processIo } from "../../lib/cli/process_io.ts";

const shiftMs = Number(Deno.env.get("CLOCK_SHIFT_MS"));
const now = Date.now;
Date.now = () => now() + shiftMs;

Deno.exit(await main(Deno.args, processIo()));
