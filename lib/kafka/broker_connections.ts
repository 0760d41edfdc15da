// The connections of one client, one for each broker and use. Their number is bounded: a cluster may name other brokers in
// each answer, and a broker that is no longer named may keep its connections open.

import type { Clock } from "../async/clock.ts";
import { BrokerConnection } from "./connection/broker_connection.ts";
import type { BrokerSecurity } from "./connection/broker_security.ts";
import type { Diagnoses } from "./connection/connection_trouble.ts";
import { BrokerConnectionError } from "./connection/kafka_error.ts";
import type { ConnectionUse } from "./kafka_client.ts";

/** Some 250 brokers with all uses. */
const MAX_CONNECTIONS = 1_000;

interface KeptConnection {
  readonly opening: Promise<BrokerConnection>;
  /** Undefined while it is not open yet. */
  opened: BrokerConnection | undefined;
}

export interface BrokerConnectionsOptions {
  readonly clientId: string;
  readonly security: BrokerSecurity;
  readonly diagnoses: Diagnoses;
  readonly clock: Pick<Clock, "nowMs" | "sleep">;
  readonly maxConnections?: number;
}

export class BrokerConnections {
  readonly #options: BrokerConnectionsOptions;
  readonly #closing = new AbortController();
  /** By address and use; the one that was used last comes last. */
  readonly #kept = new Map<string, KeptConnection>();

  constructor(options: BrokerConnectionsOptions) {
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** The open connection to `address` for `use`. @throws BrokerConnectionError */
  async open(address: string, use: ConnectionUse): Promise<BrokerConnection> {
    const key = `${address} ${use}`;
    const known = this.#kept.get(key);
    if (known !== undefined) {
      const connection = await known.opening;
      const isKept = this.#kept.get(key) === known;
      if (isKept) this.#kept.delete(key);
      if (connection.closed) return await this.open(address, use);
      if (isKept) this.#kept.set(key, known);
      return connection;
    }
    this.#makeRoom();
    const { clientId, security, diagnoses, clock } = this.#options;
    const { signal } = this.#closing;
    const opening = BrokerConnection.open(address, { clientId, security, diagnoses, clock, signal });
    const kept: KeptConnection = { opening, opened: undefined };
    this.#kept.set(key, kept);
    try {
      return kept.opened = await opening;
    } catch (error) {
      if (this.#kept.get(key) === kept) this.#kept.delete(key);
      throw error;
    }
  }

  /** Destroys all connections, also those that are not open yet. Pending requests fail. */
  async close(): Promise<void> {
    this.#closing.abort();
    const connections = [...this.#kept.values()].map(({ opening }) => opening);
    this.#kept.clear();
    for (const outcome of await Promise.allSettled(connections)) {
      if (outcome.status === "rejected") continue;
      outcome.value.close(new BrokerConnectionError(outcome.value.address, "this client was closed"));
    }
  }

  /** Forgets what is closed, and closes what was unused for longest. */
  #makeRoom(): void {
    const { maxConnections = MAX_CONNECTIONS } = this.#options;
    if (this.#kept.size < maxConnections) return;
    for (const [key, { opened }] of this.#kept) if (opened?.closed === true) this.#kept.delete(key);
    for (const [key, { opened }] of this.#kept) {
      if (this.#kept.size < maxConnections) return;
      if (opened === undefined) continue;
      const reason = `there are more than ${maxConnections} connections to brokers`;
      opened.close(new BrokerConnectionError(opened.address, reason));
      this.#kept.delete(key);
    }
  }
}
