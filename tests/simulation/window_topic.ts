// The topic of windows as one process sees it: what it writes arrives some time later, and the answer some time after that.
// A process may die in between.

import type { WindowTopic } from "../../lib/merge/served_windows.ts";
import type { ClosedWindow } from "../../lib/pipeline/window_outputs.ts";
import type { Process, Timeline } from "./timeline.ts";

const MAX_DELAY_MS = 300;

export interface SimulatedWindowTopicOptions {
  readonly timeline: Timeline;
  readonly process: Process;
  readonly random: () => number;
  readonly onWritten: (closed: ClosedWindow) => void;
}

export class SimulatedWindowTopic implements WindowTopic {
  readonly #options: SimulatedWindowTopicOptions;
  #left = 0;
  /** When the newest window arrives, and its answer: both keep their order. */
  #thereMs = 0;
  #backMs = 0;

  constructor(options: SimulatedWindowTopicOptions) {
    this.#options = options;
  }

  get isSettled(): boolean {
    return this.#left === 0;
  }

  write(closed: ClosedWindow): void {
    const { timeline, process, random, onWritten } = this.#options;
    this.#left++;
    this.#thereMs = Math.max(this.#thereMs, timeline.nowMs + random() * MAX_DELAY_MS);
    this.#backMs = Math.max(this.#backMs, this.#thereMs + random() * MAX_DELAY_MS);
    timeline.at(this.#thereMs, process, () => onWritten(closed));
    timeline.at(this.#backMs, process, () => this.#left--);
  }
}
