// What a daemon prints, and what it should.

import { dump } from "../kafka/kcat.ts";
import { bootstrap } from "../kafka/shared_kafka.ts";
import { formatConsoleBlock, type OracleOptions, recount } from "../oracle.ts";
import type { RtcountDaemon } from "./rtcount_process.ts";
import { waitUntil } from "./wait_until.ts";

/** The blocks of all windows of a topic, as the oracle counts them. */
export async function expectedBlocks(topic: string, options: OracleOptions): Promise<string[]> {
  return recount(await dump({ bootstrap, topic }), options).map(formatConsoleBlock);
}

/** The whole blocks in what has been printed. */
export function printedBlocks(stdout: string): string[] {
  return stdout.split("\n\n").slice(0, -1).map((block) => block + "\n\n");
}

/** Waits for a block of that time, whatever it says. */
export async function waitForTimeOf(block: string, daemon: RtcountDaemon): Promise<void> {
  const [, time] = block.split("\n");
  const isPrinted = () => printedBlocks(daemon.stdout).some((printed) => printed.includes(time));
  await waitUntil(`a block of ${time}; the program says:\n${daemon.stderr.slice(-2000)}`, isPrinted);
}
