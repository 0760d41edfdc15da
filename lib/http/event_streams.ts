// EventStreams sends the closed windows to the clients of /api/v1/stream as server-sent events. It queues nothing per
// client: a stream remembers its place in the feed (window_feed.ts) and sends one piece at a time. A client that does
// not take a piece in time is disconnected; one that falls behind the windows kept continues with the oldest of them.

import type { ServerResponse } from "node:http";
import type { Clock } from "../async/clock.ts";
import { Wakeup } from "../async/wakeup.ts";
import { end } from "./answer.ts";
import { ConnectionSet } from "./connection_set.ts";
import type { Connection } from "./connections.ts";
import type { FeedBatch, WindowFeed } from "./window_feed.ts";

/** Streams at a time. */
export const MAX_STREAMS = 256;
/** The time that a client may take over one piece. */
const PIECE_TIMEOUT_MS = 10_000;
/** The time between two comments that say that the stream is alive: proxies cut streams that are silent for half a minute. */
const KEEP_ALIVE_INTERVAL_MS = 15_000;
/**
 * After a round of sending, the next one waits this many times as long as the round took. The round's time excludes the
 * runtime's own work for it. So sending takes a few hundredths of the time, however fast windows close and however many
 * clients there are.
 */
const REST_FACTOR = 100;
/** A round may have taken long for another reason, such as the collection of garbage. */
const MAX_REST_MS = 1000;

const KEEP_ALIVE = new TextEncoder().encode(":\n\n");

interface EventStream {
  readonly response: ServerResponse;
  /** In the feed. */
  place: number;
  isSending: boolean;
}

export class EventStreams {
  readonly #feed: WindowFeed;
  readonly #clock: Clock;
  readonly #bell: Wakeup;
  readonly #streams = new Map<Connection, EventStream>();
  readonly #connections = new ConnectionSet<Connection>();
  #nextKeepAliveMs = Infinity;

  constructor(feed: WindowFeed, clock: Clock) {
    this.#feed = feed;
    this.#clock = clock;
    this.#bell = new Wakeup(clock);
    feed.onPublish = () => this.#bell.ring();
  }

  /** Whether one more may begin. If there are too many, an address with a crowd of them loses its oldest. */
  hasRoomFor(connection: Connection): boolean {
    if (this.#streams.size < MAX_STREAMS) return true;
    const crowd = this.#connections.crowdOver(connection);
    if (crowd === undefined) return false;
    this.delete(crowd);
    crowd.close();
    return true;
  }

  /** Sends events from that place of the feed on; the head has been sent. */
  begin(connection: Connection, { response, place }: Pick<EventStream, "response" | "place">): void {
    if (this.#streams.size === 0) this.#nextKeepAliveMs = this.#clock.monotonicMs() + KEEP_ALIVE_INTERVAL_MS;
    this.#streams.set(connection, { response, place, isSending: false });
    this.#connections.add(connection);
    this.#bell.ring();
  }

  delete(connection: Connection): void {
    this.#streams.delete(connection);
    this.#connections.delete(connection);
  }

  /** Sends until told to stop, and ends all streams. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.#bell.ring(), { once: true });
    while (!signal.aborted) {
      const isAlone = this.#streams.size === 0;
      await this.#bell.wait(
        isAlone ? Infinity : Math.max(0, this.#nextKeepAliveMs - this.#clock.monotonicMs()),
      );
      const begunMs = this.#clock.monotonicMs();
      if (begunMs >= this.#nextKeepAliveMs) this.#keepAlive(begunMs);
      this.#sendNews();
      const restMs = Math.min(MAX_REST_MS, (this.#clock.monotonicMs() - begunMs) * REST_FACTOR);
      if (restMs > 0) await this.#clock.sleep(restMs, signal);
    }
    await Promise.all([...this.#streams.values()].map(({ response }) => end(response)));
  }

  #keepAlive(nowMs: number): void {
    this.#nextKeepAliveMs = nowMs + KEEP_ALIVE_INTERVAL_MS;
    for (const [connection, stream] of this.#streams) {
      if (!stream.isSending) this.#send(connection, stream, KEEP_ALIVE);
    }
  }

  /** Clients at the same place are sent the same piece of memory. */
  #sendNews(): void {
    const batches = new Map<number, FeedBatch | undefined>();
    for (const [connection, stream] of this.#streams) {
      const { place, isSending } = stream;
      if (isSending) continue;
      if (!batches.has(place)) batches.set(place, this.#feed.read(place));
      const batch = batches.get(place);
      if (batch === undefined) continue;
      stream.place = batch.next;
      this.#send(connection, stream, batch.bytes);
    }
  }

  #send(connection: Connection, stream: EventStream, bytes: Uint8Array): void {
    stream.isSending = true;
    connection.deadlineMs = this.#clock.monotonicMs() + PIECE_TIMEOUT_MS;
    stream.response.write(bytes, (error) => {
      if (error) return connection.close();
      stream.isSending = false;
      connection.deadlineMs = Infinity;
      if (stream.place < this.#feed.end) this.#bell.ring();
    });
  }
}
