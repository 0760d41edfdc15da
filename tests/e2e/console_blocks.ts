// Compares the blocks that a daemon prints with the expected ones.

import { dump } from "../machine/kafka/kcat.ts";
import { formatConsoleBlock, type OracleOptions, recount } from "../oracle/oracle.ts";
import type { RtcountDaemon } from "./rtcount_process.ts";

/** The blocks of all windows of a topic, as the oracle counts them. */
export async function expectedBlocks(
  source: { readonly bootstrap: string; readonly topic: string },
  options: OracleOptions,
): Promise<string[]> {
  return recount(await dump(source), options).map(formatConsoleBlock);
}

/** The whole blocks in what has been printed. */
export function printedBlocks(stdout: string): string[] {
  return stdout.split("\n\n").slice(0, -1).map((block) => block + "\n\n");
}

/** Waits for a block of that time, whatever it says. */
export async function waitForTimeOf(block: string, daemon: RtcountDaemon): Promise<void> {
  const [, time] = block.split("\n");
  await daemon.waitFor(
    `a block of ${time}`,
    () => printedBlocks(daemon.stdout).some((printed) => printed.includes(time)),
  );
}
