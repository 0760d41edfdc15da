import { setImmediate } from "node:timers";

const TURNS = 5;

/** Lets everything run that waits for promises alone, and for no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}
