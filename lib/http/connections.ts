// The open connections: how many there may be, how long each may take, and which one makes room for a new one.

import type { Clock } from "../async/clock.ts";
import { ConnectionSet } from "./connection_set.ts";
import type { TimeShare } from "./time_share.ts";

/** Connections that are not read from yet. They cost a file descriptor and some kilobytes. */
export const MAX_WAITING = 2048;
/** The time between two checks, while there are connections. */
const CHECK_INTERVAL_MS = 250;
/**
 * A connection may send this many bytes that are no request: a body, blanks, more after an error. They are read so that the
 * answer is not lost to a reset, and the runtime does not limit them.
 */
const MAX_UNASKED_BYTES = 256 * 1024;
/** The cost of reading and parsing, more or less. */
const READING_MS_PER_BYTE = 2e-6;

/** The part of a socket that is used; a socket of TLS knows the same address and port as the one that it encrypts. */
interface ClientSocket {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly bytesRead: number;
  readonly destroyed: boolean;
  destroy(): unknown;
}

/** `waiting` and `answer` wait for us, `request` and `delivery` for the client; `events` is a stream. */
type Phase = "waiting" | "request" | "answer" | "delivery" | "events";

export class Connection {
  /** The client's, without a port; for IPv6 its network of 64 bits, of which one client has all addresses. */
  readonly address: string;
  /** Address and port. */
  readonly key: string;
  readonly #socket: ClientSocket;
  #requestedBytes = 0;
  phase: Phase = "waiting";
  /** Monotonic; the connection is closed after it. */
  deadlineMs: number;
  /** Settles once all requests so far are answered. */
  answered: Promise<void> = Promise.resolve();
  /** Requests that have arrived and are not answered. */
  unanswered = 0;
  /** It has sent what is no request; nothing after that is understood. */
  isRefused = false;

  constructor(socket: ClientSocket, deadlineMs: number) {
    this.#socket = socket;
    this.address = groupAddress(socket.remoteAddress ?? "");
    this.key = keyOf(socket);
    this.deadlineMs = deadlineMs;
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** A request has arrived. */
  markRequest(): void {
    this.#requestedBytes = this.#socket.bytesRead;
  }

  /** The bytes since the last request. */
  get unaskedBytes(): number {
    return this.#socket.bytesRead - this.#requestedBytes;
  }
}

export class Connections {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #share: TimeShare;
  readonly #signal: AbortSignal;
  readonly #byKey = new Map<string, Connection>();
  readonly #waiting = new ConnectionSet<Connection>();
  /** Those that have gone longest without an answered request come first. */
  readonly #served = new ConnectionSet<Connection>();
  #checking: Promise<void> | undefined;

  /** At most `max` are served. Bytes that are no request are charged to `share`. Aborting `signal` ends the checks. */
  constructor(
    clock: Clock,
    { max, share, signal }: { readonly max: number; readonly share: TimeShare; readonly signal: AbortSignal },
  ) {
    this.#clock = clock;
    this.#max = max;
    this.#share = share;
    this.#signal = signal;
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#byKey.values();
  }

  /** One more would make another one close. */
  get isFull(): boolean {
    return this.#served.size >= this.#max;
  }

  of(socket: ClientSocket): Connection | undefined {
    return this.#byKey.get(keyOf(socket));
  }

  /** The connection waits. */
  add(socket: ClientSocket, deadlineMs: number): Connection {
    const connection = new Connection(socket, deadlineMs);
    if (this.#waiting.size >= MAX_WAITING) this.#close(this.#waiting.crowdOver(connection) ?? connection);
    if (connection.closed) return connection;
    this.#byKey.set(connection.key, connection);
    this.#waiting.add(connection);
    this.#checking ??= this.#check();
    return connection;
  }

  /**
   * The connection is served from now on. If there are too many, one is closed: of those that wait for their client the
   * oldest of the address that has most; if all wait for us, the oldest of a crowd, else this one.
   */
  serve(connection: Connection): void {
    if (!this.#waiting.delete(connection) || connection.closed) return;
    connection.phase = "request";
    if (this.isFull) {
      const waitsForClient = ({ phase }: Connection) => phase === "request" || phase === "delivery";
      this.#close(
        this.#served.oldestOfMost(waitsForClient) ?? this.#served.crowdOver(connection) ?? connection,
      );
    }
    if (!connection.closed) this.#served.add(connection);
  }

  /** It has been answered, and so is the last to make room for another. */
  renew(connection: Connection): void {
    if (this.#served.delete(connection) && !connection.closed) this.#served.add(connection);
  }

  delete(connection: Connection): void {
    if (this.#byKey.get(connection.key) === connection) this.#byKey.delete(connection.key);
    this.#waiting.delete(connection);
    this.#served.delete(connection);
  }

  #close(connection: Connection): void {
    connection.close();
    this.delete(connection);
  }

  async #check(): Promise<void> {
    while (this.#byKey.size > 0 && !this.#signal.aborted) {
      await this.#clock.sleep(CHECK_INTERVAL_MS, this.#signal);
      const nowMs = this.#clock.monotonicMs();
      for (const connection of this) {
        const { address, closed, deadlineMs, unaskedBytes } = connection;
        if (unaskedBytes > MAX_UNASKED_BYTES) this.#share.charge(address, unaskedBytes * READING_MS_PER_BYTE);
        if (closed || deadlineMs <= nowMs || unaskedBytes > MAX_UNASKED_BYTES) this.#close(connection);
      }
    }
    this.#checking = undefined;
  }
}

/** An IPv4 address in the form of IPv6 has dots, and stays. */
function groupAddress(address: string): string {
  if (address.includes(".") || !address.includes(":")) return address;
  const [head, tail = []] = address.split("::").map((part) => part === "" ? [] : part.split(":"));
  const zeros = new Array(8 - head.length - tail.length).fill("0");
  return [...head, ...zeros, ...tail].slice(0, 4).join(":");
}

function keyOf({ remoteAddress, remotePort }: ClientSocket): string {
  return `${remoteAddress} ${remotePort}`;
}
