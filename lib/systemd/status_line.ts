// Formats the one line that `systemctl status` shows of the daemon.

import { escapeUnsafe } from "../text/escape.ts";
import { formatTuple } from "../window/window_block.ts";

/** The state of a daemon in figures. */
export interface Summary {
  /** The reason why the daemon is not ready; undefined if it is ready. */
  readonly notReady: string | undefined;
  /** Intake of the last rate interval. */
  readonly recordsPerSecond: number;
  /** Sum over all partitions in records; undefined if it is unknown. */
  readonly lag: number | undefined;
  /** The first word of the last closed window. */
  readonly topWord: { readonly word: string; readonly count: number } | undefined;
}

/** A message of sd_notify holds 4096 bytes, and an error message of a broker may be longer. */
const MAX_CHARACTERS = 1_000;

/** The line has no line break: the manager would read the next line as another command. */
export function formatStatusLine({ notReady, recordsPerSecond, lag, topWord }: Summary): string {
  const parts = [
    `${Math.round(recordsPerSecond)} records/s`,
    ...(lag === undefined ? [] : [`lag ${lag}`]),
    ...(topWord === undefined ? [] : [`top word ${formatTuple(topWord.word, topWord.count)}`]),
    ...(notReady === undefined ? [] : [`not ready: ${notReady}`]),
  ];
  return [...escapeUnsafe(parts.join(", "))].slice(0, MAX_CHARACTERS).join("");
}
