import { main } from "./lib/cli/main.ts";
import { processIo } from "./lib/cli/process_io.ts";

Deno.exit(await main(Deno.args, processIo()));
