// Those who listen to the closed windows. Each is a place in the feed and a connection that takes one piece at a time;
// nothing is queued for anybody. Who does not take a piece within the time for answers loses its connection; who falls
// behind the windows that are kept goes on with the oldest of them.

import type { Clock } from "../async/clock.ts";
import { Wakeup } from "../async/wakeup.ts";
import type { Connection } from "./connection.ts";
import type { FeedBatch, WindowFeed } from "./window_feed.ts";

/** Listeners at a time. */
export const MAX_STREAMS = 256;
/** So often a comment says that the stream is alive: proxies cut what is silent for half a minute or more. */
const KEEP_ALIVE_INTERVAL_MS = 15_000;
/**
 * After a round of sending the next one waits so many times as long as it took, not counting what the runtime does with it
 * later: however fast windows close and however many listen, they have some hundredths of the time.
 */
const REST_FACTOR = 100;
/** A round may have taken long for another reason, such as the collection of garbage. */
const MAX_REST_MS = 1000;

const KEEP_ALIVE = new TextEncoder().encode(":\n\n");

export class EventStreams {
  readonly #feed: WindowFeed;
  readonly #clock: Clock;
  readonly #bell: Wakeup;
  /** Each with its place in the feed. */
  readonly #places = new Map<Connection, number>();
  #nextKeepAliveMs = Infinity;

  constructor(feed: WindowFeed, clock: Clock) {
    this.#feed = feed;
    this.#clock = clock;
    this.#bell = new Wakeup(clock);
    feed.onPublish = () => {
      if (this.#places.size > 0) this.#bell.ring();
    };
  }

  /**
   * Takes the connection in, unless there are too many: once it is at its events it is sent what the feed has from that
   * place on.
   */
  admit(connection: Connection, place: number): boolean {
    if (this.#places.size >= MAX_STREAMS) return false;
    if (this.#places.size === 0) this.#nextKeepAliveMs = this.#clock.monotonicMs() + KEEP_ALIVE_INTERVAL_MS;
    this.#places.set(connection, place);
    return true;
  }

  /** A connection has come to its events. */
  begin(): void {
    this.#bell.ring();
  }

  delete(connection: Connection): void {
    this.#places.delete(connection);
  }

  /** Sends until told to stop. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.#bell.ring(), { once: true });
    while (!signal.aborted) {
      const nowMs = this.#clock.monotonicMs();
      const isAlone = this.#places.size === 0;
      await this.#bell.wait(isAlone ? Infinity : Math.max(0, this.#nextKeepAliveMs - nowMs));
      const begunMs = this.#clock.monotonicMs();
      if (begunMs >= this.#nextKeepAliveMs) this.#keepAlive(begunMs);
      this.#sendNews();
      const restMs = Math.min(MAX_REST_MS, (this.#clock.monotonicMs() - begunMs) * REST_FACTOR);
      if (restMs > 0) await this.#clock.sleep(restMs, signal);
    }
  }

  #keepAlive(nowMs: number): void {
    this.#nextKeepAliveMs = nowMs + KEEP_ALIVE_INTERVAL_MS;
    for (const connection of this.#places.keys()) this.#send(connection, KEEP_ALIVE);
  }

  /** What those at the same place are sent is the same piece of memory. */
  #sendNews(): void {
    const batches = new Map<number, FeedBatch | undefined>();
    for (const [connection, place] of this.#places) {
      if (!isReady(connection)) continue;
      if (!batches.has(place)) batches.set(place, this.#feed.read(place));
      const batch = batches.get(place);
      if (batch === undefined) continue;
      this.#places.set(connection, batch.next);
      this.#send(connection, batch.bytes);
    }
  }

  #send(connection: Connection, bytes: Uint8Array): void {
    if (!isReady(connection)) return;
    connection.send(bytes).then(
      () => (this.#places.get(connection) ?? Infinity) < this.#feed.end && this.#bell.ring(),
      () => connection.close(),
    );
  }
}

function isReady({ phase, isSending }: Connection): boolean {
  return phase === "events" && !isSending;
}
