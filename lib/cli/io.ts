// The process as a command sees it: streams, files, environment, signals. Tests put their own in its place.

import { systemClock } from "../async/clock.ts";
import type { Config } from "../config/schema.ts";
import { createLog, type Log } from "../log/log.ts";
import type { Terminal } from "../top/terminal.ts";
import type { Confinement, Needs } from "./confinement.ts";

export interface Io {
  /** `stdout` and `stderr` write all of the text before they return. */
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly stdin: ReadableStream<Uint8Array>;
  readonly terminal: Terminal;
  readonly env: (name: string) => string | undefined;
  readonly readTextFile: (path: string) => Promise<string>;
  /** The permission bits, as chmod sets them. */
  readonly fileMode: (path: string) => Promise<number | undefined>;
  /**
   * Permanently gives up the permission for all files that `needs` does not name, and for the environment. Variables
   * that were read before stay known.
   */
  readonly confine: (needs: Needs) => Confinement;
  /** Calls `listener` at each SIGTERM and SIGINT until the function that it returns is called. */
  readonly onStopSignal: (listener: () => void) => () => void;
  /** Calls `listener` at each SIGHUP until the function that it returns is called. */
  readonly onReloadSignal: (listener: () => void) => () => void;
}

/** The log on standard error, as the configuration has it. */
export function logOf({ log: { level, format } }: Pick<Config, "log">, { stderr }: Pick<Io, "stderr">): Log {
  return createLog({ level, format, write: (line) => stderr(`${line}\n`), clock: systemClock });
}

/** Whether the stream is a terminal that knows control sequences. */
export function hasScreen({ terminal, env }: Io, stream: "stdout" | "stderr"): boolean {
  return terminal.isTerminal(stream) && env("TERM") !== "dumb";
}

/** Writes to standard output until its reader goes away. */
export function untilClosed({ stdout }: Pick<Io, "stdout">, onClosed: () => void): (text: string) => void {
  let closed = false;
  return (text) => {
    if (closed) return;
    try {
      stdout(text);
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      closed = true;
      onClosed();
    }
  };
}
