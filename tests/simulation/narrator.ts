// Prints the events of a simulation, to analyse a failing one.

import type { Log } from "../../lib/log/log.ts";
import type { Timeline } from "./timeline.ts";

export class Narrator {
  readonly #timeline: Timeline;
  readonly #write: ((line: string) => void) | undefined;

  /** @param write takes each line; without it nothing is printed */
  constructor(timeline: Timeline, write: ((line: string) => void) | undefined) {
    this.#timeline = timeline;
    this.#write = write;
  }

  tell(who: string, what: string): void {
    this.#write?.(`${String(this.#timeline.nowMs).padStart(7)}  ${who.padEnd(8)}  ${what}`);
  }

  /** The log of a member is part of the output. */
  logOf(member: string): Pick<Log, "info" | "warn" | "error"> {
    const tell = (message: string, fields?: object) => {
      if (this.#write !== undefined) {
        this.tell(member, `${message}${fields ? ` ${Deno.inspect(fields, INSPECT)}` : ""}`);
      }
    };
    return { info: tell, warn: tell, error: tell };
  }
}

const INSPECT = { breakLength: Infinity, compact: true, depth: 3 };
