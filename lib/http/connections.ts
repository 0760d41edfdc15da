// The open connections: how many there may be, how long each may take, and which one makes room for a new one.

import type { Socket } from "node:net";
import type { Clock } from "../async/clock.ts";
import type { TimeShare } from "./time_share.ts";

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
export type ClientSocket = Pick<
  Socket,
  "remoteAddress" | "remotePort" | "bytesRead" | "destroyed" | "destroy"
>;

/**
 * `arrival` and `answer` wait for us, `handshake`, `request` and `delivery` for the client; `events` is a stream.
 */
export type Phase = "arrival" | "handshake" | "request" | "answer" | "delivery" | "events";

const WAITS_FOR_US: ReadonlySet<Phase> = new Set(["arrival", "answer", "events"]);

export class Connection {
  /** The client's, without a port; for IPv6 its network of 64 bits, of which one client has all addresses. */
  readonly address: string;
  /** Address and port. */
  readonly key: string;
  readonly #socket: ClientSocket;
  /** The socket that is read: with TLS another one than `#socket`. */
  #reader: ClientSocket;
  #requestedBytes = 0;
  #reportedBytes = 0;
  phase: Phase = "arrival";
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
    this.#reader = socket;
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

  /** The handshake is over. */
  encryptedBy(socket: ClientSocket): void {
    this.#reader = socket;
    this.phase = "request";
  }

  /** A request has arrived. */
  markRequest(): void {
    this.#requestedBytes = this.#reader.bytesRead;
  }

  get unaskedBytes(): number {
    return this.#reader.bytesRead - this.#requestedBytes;
  }

  /** The bytes that it has sent since the last call. */
  takeSentBytes(): number {
    const bytes = this.#reader.bytesRead - this.#reportedBytes;
    this.#reportedBytes += bytes;
    return bytes;
  }
}

export class Connections {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #share: TimeShare;
  readonly #signal: AbortSignal;
  /** Those that have gone longest without an answered request come first. */
  readonly #byKey = new Map<string, Connection>();
  /** By address. */
  readonly #counts = new Map<string, number>();
  #checking: Promise<void> | undefined;

  /** Bytes are charged to `share`. Aborting `signal` ends the checks. */
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

  get isFull(): boolean {
    return this.#byKey.size >= this.#max;
  }

  add(socket: ClientSocket, deadlineMs: number): Connection {
    const connection = new Connection(socket, deadlineMs);
    if (this.isFull) {
      const chosen = this.#chooseToClose(connection);
      chosen.close();
      this.delete(chosen);
    }
    this.#insert(connection);
    this.#checking ??= this.#check();
    return connection;
  }

  of(socket: ClientSocket): Connection | undefined {
    return this.#byKey.get(keyOf(socket));
  }

  delete(connection: Connection): void {
    if (this.#byKey.get(connection.key) !== connection) return;
    this.#byKey.delete(connection.key);
    const { address } = connection;
    const left = (this.#counts.get(address) ?? 0) - 1;
    if (left > 0) this.#counts.set(address, left);
    else this.#counts.delete(address);
  }

  #insert(connection: Connection): void {
    if (connection.closed) return;
    this.#byKey.set(connection.key, connection);
    this.#counts.set(connection.address, (this.#counts.get(connection.address) ?? 0) + 1);
  }

  /** It has been answered, and so is the last to make room for another. */
  renew(connection: Connection): void {
    this.delete(connection);
    this.#insert(connection);
  }

  /**
   * Chooses the connection to close: of those that wait for their client the oldest one of the address that has most. If
   * all wait for us, an address that has far more than the new one's loses its oldest; else the new one is closed.
   */
  #chooseToClose(added: Connection): Connection {
    const most = Math.max(...this.#counts.values());
    for (const connection of this) {
      if (WAITS_FOR_US.has(connection.phase)) continue;
      if (this.#counts.get(connection.address) === most) return connection;
    }
    return findCrowd(this, added.address) ?? added;
  }

  async #check(): Promise<void> {
    while (this.#byKey.size > 0 && !this.#signal.aborted) {
      await this.#clock.sleep(CHECK_INTERVAL_MS, this.#signal);
      const nowMs = this.#clock.monotonicMs();
      for (const connection of this) {
        this.#share.charge(connection.address, connection.takeSentBytes() * READING_MS_PER_BYTE);
        if (connection.deadlineMs <= nowMs || connection.unaskedBytes > MAX_UNASKED_BYTES) connection.close();
        if (connection.closed) this.delete(connection);
      }
    }
    this.#checking = undefined;
  }
}

/**
 * The oldest connection of the address that has most of them, where that has at least twice as many as `address` would
 * have with one more: so one address cannot keep others out.
 */
export function findCrowd(
  connections: Connections | readonly Connection[],
  address: string,
): Connection | undefined {
  const counts = countByAddress(connections);
  const most = Math.max(...counts.values());
  if (most < 2 * ((counts.get(address) ?? 0) + 1)) return undefined;
  for (const connection of connections) if (counts.get(connection.address) === most) return connection;
  return undefined;
}

function countByAddress(connections: Iterable<Connection>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { address } of connections) counts.set(address, (counts.get(address) ?? 0) + 1);
  return counts;
}

/** An IPv4 address in the form of IPv6 has dots, and stays. */
function groupAddress(address: string): string {
  if (address.includes(".") || !address.includes(":")) return address;
  return [...address.split("::")[0].split(":"), "0", "0", "0"].slice(0, 4).join(":");
}

function keyOf({ remoteAddress, remotePort }: ClientSocket): string {
  return `${remoteAddress} ${remotePort}`;
}
