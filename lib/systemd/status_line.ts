// What `systemctl status` shows of the daemon: one line.

import { escapeUnsafe } from "../text/escape.ts";
import { formatTuple } from "../window/window_block.ts";

/** What the daemon is doing, in figures. */
export interface Summary {
  /** Why it is not ready; undefined when it is. */
  readonly notReady: string | undefined;
  /** Taken in over the last rate interval. */
  readonly recordsPerSecond: number;
  /** Records that all partitions together are behind; undefined while not known. */
  readonly lag: number | undefined;
  /** Of the last closed window. */
  readonly topWord: { readonly word: string; readonly count: number } | undefined;
}

/** A message of the service manager holds 4096 bytes; a broker's complaint may be longer. */
const MAX_CHARACTERS = 1_000;

/** Nothing in it ends the line: it goes where each line is an order of its own. */
export function formatStatusLine({ notReady, recordsPerSecond, lag, topWord }: Summary): string {
  const parts = [
    `${Math.round(recordsPerSecond)} records/s`,
    ...(lag === undefined ? [] : [`lag ${lag}`]),
    ...(topWord === undefined ? [] : [`top word ${formatTuple(topWord.word, topWord.count)}`]),
    ...(notReady === undefined ? [] : [`not ready: ${notReady}`]),
  ];
  return [...escapeUnsafe(parts.join(", "))].slice(0, MAX_CHARACTERS).join("");
}
