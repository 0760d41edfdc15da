// ServedWindows keeps the windows of the group that the output topic may not have yet. One member writes them: the one
// that, by the pane log, reads the lowest partition. The others keep them until its reports say that the topic has them.

import type { ClosedWindow } from "../pipeline/window_outputs.ts";

/** As many as the queue of the output holds. The oldest are given up. */
const MAX_WINDOWS = 10_000;

export interface WindowTopic {
  /** Whether everything written is delivered or given up. */
  readonly isSettled: boolean;
  write(closed: ClosedWindow): void;
}

export class ServedWindows {
  readonly #topic: WindowTopic;
  #windows: ClosedWindow[] = [];
  /** How many of the windows this member has written. */
  #written = 0;
  #closedUntilMs = -Infinity;
  #servedUntilMs: number;

  /** `servedUntilMs`: the topic has the windows up to here. */
  constructor(topic: WindowTopic, servedUntilMs: number) {
    this.#topic = topic;
    this.#servedUntilMs = servedUntilMs;
  }

  /** The topic has every window up to here. */
  get servedUntilMs(): number {
    return this.#servedUntilMs;
  }

  /** Takes each closed window, in order. A window without records is not written. */
  put(closed: ClosedWindow): void {
    const { endMs, records } = closed.result;
    if (endMs === null) return;
    this.#closedUntilMs = endMs;
    if (records === 0 || endMs <= this.#servedUntilMs) return;
    this.#windows.push(closed);
    if (this.#windows.length > MAX_WINDOWS) this.#drop(1);
  }

  /** `toldUntilMs`: a report says that the topic has the windows up to here. Call it in every turn. */
  turn({ isWriter, toldUntilMs }: { readonly isWriter: boolean; readonly toldUntilMs: number }): void {
    this.#serve(toldUntilMs);
    if (!isWriter) {
      this.#written = 0;
      return;
    }
    while (this.#written < this.#windows.length) this.#topic.write(this.#windows[this.#written++]);
    if (this.#topic.isSettled) this.#serve(this.#closedUntilMs);
  }

  #serve(untilMs: number): void {
    if (untilMs <= this.#servedUntilMs) return;
    this.#servedUntilMs = untilMs;
    const left = this.#windows.findIndex(({ result }) => (result.endMs ?? Infinity) > untilMs);
    this.#drop(left < 0 ? this.#windows.length : left);
  }

  #drop(count: number): void {
    this.#windows.splice(0, count);
    this.#written = Math.max(0, this.#written - count);
  }
}
