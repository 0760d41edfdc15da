// ServedWindows keeps the windows of the group that the output topic may not have yet. One member writes them: the one
// that, by the pane log, reads the lowest partition. The others keep them until its reports say that the topic has them.

import type { ClosedWindow } from "../pipeline/window_outputs.ts";

/** As many as the queue of the output holds, of windows and of memory. The oldest are given up. */
const MAX_WINDOWS = 10_000;
const MAX_BYTES = 32 * 1024 * 1024;
/** The memory of a window, and of each word in it beside its characters. */
const WINDOW_BYTES = 256;
const WORD_BYTES = 96;

export interface WindowTopic {
  /** Whether everything written is delivered or given up. */
  readonly isSettled: boolean;
  write(closed: ClosedWindow): void;
}

export class ServedWindows {
  readonly #topic: WindowTopic;
  #windows: ClosedWindow[] = [];
  #sizeBytes = 0;
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
    this.#sizeBytes += sizeBytesOf(closed);
    while (this.#isOverfull) this.#drop(1);
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

  get #isOverfull(): boolean {
    const { length } = this.#windows;
    return length > MAX_WINDOWS || (length > 1 && this.#sizeBytes > MAX_BYTES);
  }

  #serve(untilMs: number): void {
    if (untilMs <= this.#servedUntilMs) return;
    this.#servedUntilMs = untilMs;
    const left = this.#windows.findIndex(({ result }) => (result.endMs ?? Infinity) > untilMs);
    this.#drop(left < 0 ? this.#windows.length : left);
  }

  #drop(count: number): void {
    for (const dropped of this.#windows.splice(0, count)) this.#sizeBytes -= sizeBytesOf(dropped);
    this.#written = Math.max(0, this.#written - count);
  }
}

/** An upper estimate. Windows share the list of partitions. */
function sizeBytesOf({ result: { top, rising = [], newWords = [] } }: ClosedWindow): number {
  return [top, rising, newWords].flat().reduce(
    (sum, { word }) => sum + WORD_BYTES + 2 * word.length,
    WINDOW_BYTES,
  );
}
