// WindowFeed keeps the recent windows, encoded once for all clients as server-sent events (HTML Living Standard 9.2).
// Events are numbered, and the place of a client is the number of the next event to send to it.

/** The most windows kept for clients that reconnect. Large windows reduce the number. */
export const MAX_KEPT_WINDOWS = 300;
/** The most memory of the kept windows; the newest is kept whatever its size. */
export const MAX_KEPT_BYTES = 4 * 1024 * 1024;
/** The most that is handed out at once, unless a single event is larger. */
const MAX_BATCH_BYTES = 64 * 1024;

interface WindowEvent {
  readonly windowEndMs: number;
  readonly bytes: Uint8Array;
}

/** Events that follow each other, and the place behind them. */
export interface FeedBatch {
  readonly bytes: Uint8Array;
  readonly next: number;
}

const encoder = new TextEncoder();

export class WindowFeed {
  #events: WindowEvent[] = [];
  /** Place of the oldest event kept: it equals the number of events published before it. */
  #first = 0;
  #keptBytes = 0;
  #onPublish: () => void = () => {};

  /** The place after the newest event. */
  get end(): number {
    return this.#first + this.#events.length;
  }

  /** The place of the newest event, for a client that has received no window yet. */
  get newest(): number {
    return Math.max(this.#first, this.end - 1);
  }

  /** Called after each `publish`, one listener at a time. */
  set onPublish(listener: () => void) {
    this.#onPublish = listener;
  }

  /** `json`: the window, on one line. */
  publish(windowEndMs: number, json: string): void {
    const bytes = encoder.encode(`id: ${windowEndMs}\nevent: window\ndata: ${json}\n\n`);
    this.#events.push({ windowEndMs, bytes });
    this.#keptBytes += bytes.length;
    let dropped = 0;
    while (
      this.#events.length - dropped > MAX_KEPT_WINDOWS ||
      (this.#keptBytes > MAX_KEPT_BYTES && this.#events.length - dropped > 1)
    ) {
      this.#keptBytes -= this.#events[dropped++].bytes.length;
    }
    this.#events.splice(0, dropped);
    this.#first += dropped;
    this.#onPublish();
  }

  /** Where what closed after the window that ended at `windowEndMs` begins, as far back as it is kept. */
  after(windowEndMs: number): number {
    const index = this.#events.findIndex((event) => event.windowEndMs > windowEndMs);
    return index < 0 ? this.end : this.#first + index;
  }

  /** Some events from that place on, from the oldest one kept where it is gone; undefined at the end. */
  read(place: number): FeedBatch | undefined {
    if (place >= this.end) return undefined;
    const from = Math.max(0, place - this.#first);
    let to = from + 1;
    let size = this.#events[from].bytes.length;
    while (to < this.#events.length && size + this.#events[to].bytes.length <= MAX_BATCH_BYTES) {
      size += this.#events[to++].bytes.length;
    }
    const next = this.#first + to;
    if (to === from + 1) return { bytes: this.#events[from].bytes, next };
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const event of this.#events.slice(from, to)) {
      bytes.set(event.bytes, at);
      at += event.bytes.length;
    }
    return { bytes, next };
  }
}
