import { main } from "./lib/cli.ts";
import { processIo } from "./lib/process_io.ts";

Deno.exit(await main(Deno.args, processIo()));
