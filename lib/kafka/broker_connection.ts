// One connection to one broker. A broker answers the requests of a connection one after the other, so what may be
// held up there (a long-polling Fetch, a JoinGroup) has a connection of its own.
//
// kafkajs's connection sits inside. Ending it is not left to kafkajs, whose `disconnect` waits for what is pending:
// whatever goes wrong here destroys the socket, and all that waits for it is told at once.

import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import {
  type ApiName,
  type KafkajsConnection,
  makeConnection,
  makeExchange,
  type ProtocolExchange,
  SILENT_LOGGER,
} from "./kafkajs.ts";
import { asBrokerConnectionError, BrokerConnectionError, ErrorCode, KafkaError } from "./kafka_error.ts";

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;

interface ApiVersionsAnswer {
  readonly errorCode: number;
  readonly apiVersions: readonly { apiKey: number; maxVersion: number }[];
}

/** An open connection. It does not come back once it is closed. */
export class BrokerConnection {
  /** `host:port`, as it was asked for. */
  readonly address: string;
  readonly #connection: KafkajsConnection;
  readonly #socket: Socket;
  #newestVersions: ReadonlyMap<number, number> = new Map();
  #closedBy: BrokerConnectionError | undefined;

  private constructor(address: string, connection: KafkajsConnection, socket: Socket) {
    this.address = address;
    this.#connection = connection;
    this.#socket = socket;
    socket.on(
      "close",
      () => this.close(new BrokerConnectionError(address, "the broker closed the connection")),
    );
  }

  /**
   * Connects to `address` (`host:port`) and asks what the broker can speak. Of a name with several addresses
   * (`localhost`: ::1 and 127.0.0.1) each is tried.
   *
   * @throws BrokerConnectionError
   */
  static async open(
    address: string,
    options: { readonly clientId: string; readonly signal: AbortSignal },
  ): Promise<BrokerConnection> {
    const { host, port } = parseAddress(address);
    let failure = new BrokerConnectionError(address, "the host name has no address");
    for (const ip of await resolveHost(host, { address, signal: options.signal })) {
      try {
        return await BrokerConnection.#openTo({ address, ip, port, ...options });
      } catch (error) {
        failure = asBrokerConnectionError(address, error);
      }
    }
    throw failure;
  }

  static async #openTo(
    { address, ip, port, clientId, signal }: {
      address: string;
      ip: string;
      port: number;
      clientId: string;
      signal: AbortSignal;
    },
  ): Promise<BrokerConnection> {
    let socket: Socket | undefined;
    const connection = makeConnection({
      host: ip,
      port,
      clientId,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      enforceRequestTimeout: false,
      logger: SILENT_LOGGER,
      socketFactory: ({ host, port, onConnect }) => {
        socket = connect({ host, port }, onConnect);
        socket.setKeepAlive(true, KEEP_ALIVE_MS);
        socket.setNoDelay(true);
        return socket;
      },
    });
    // Nothing ever waits in kafkajs's queue: there is no limit of requests in flight, and throttling is ours. Left as it
    // is, an idle queue arms a timer with a negative delay again and again.
    connection.requestQueue.scheduleCheckPendingRequests = () => {};

    const giveUp = () => socket?.destroy(new BrokerConnectionError(address, "given up"));
    const timer = setTimeout(
      () => socket?.destroy(new BrokerConnectionError(address, `no answer within ${CONNECT_TIMEOUT_MS} ms`)),
      CONNECT_TIMEOUT_MS - 1,
    );
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      await connection.connect();
      const opened = new BrokerConnection(address, connection, socket!);
      if (signal.aborted) opened.close(new BrokerConnectionError(address, "given up"));
      await opened.#learnVersions();
      return opened;
    } catch (error) {
      socket?.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
    }
  }

  get closed(): boolean {
    return this.#closedBy !== undefined;
  }

  /**
   * Sends a request of the newest version that both sides know and gives what kafkajs decodes; error codes in it are
   * the caller's to look at. The connection is closed when no answer comes in time.
   *
   * @throws BrokerConnectionError
   */
  async request<T>(api: ApiName, args: object, options: { readonly timeoutMs?: number } = {}): Promise<T> {
    const { request: { apiKey } } = makeExchange(api, args, { brokersNewest: Infinity });
    const brokersNewest = this.#newestVersions.get(apiKey);
    if (brokersNewest === undefined) {
      throw new BrokerConnectionError(this.address, `the broker does not know the request ${api}`);
    }
    return await this.exchange<T>(makeExchange(api, args, { brokersNewest }), options);
  }

  /** Whether the broker speaks `version` of the request with this key. */
  supports({ apiKey, apiVersion }: { readonly apiKey: number; readonly apiVersion: number }): boolean {
    return (this.#newestVersions.get(apiKey) ?? -1) >= apiVersion;
  }

  /** As `request`, with the exchange given. */
  async exchange<T>(
    { request, response }: ProtocolExchange,
    { timeoutMs = REQUEST_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
  ): Promise<T> {
    if (this.#closedBy !== undefined) throw this.#closedBy;
    const timer = setTimeout(
      () =>
        this.close(
          new BrokerConnectionError(this.address, `no answer to ${request.apiName} within ${timeoutMs} ms`),
        ),
      timeoutMs,
    );
    try {
      // The wrapping hides the answer's throttle time from kafkajs, which would hold up its queue: the broker does
      // not read from a connection that it throttles anyway.
      const answer = await this.#connection.send({
        request,
        response: {
          decode: async (payload) => ({ decoded: await response.decode(payload), clientSideThrottleTime: 0 }),
          parse: (wrapped) => (wrapped as { decoded: unknown }).decoded,
        },
        logResponseError: false,
      });
      return answer as T;
    } catch (error) {
      // An answer that cannot be decoded leaves the stream in an unknown state.
      const failure = this.#closedBy ?? asBrokerConnectionError(this.address, error);
      this.close(failure);
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Destroys the socket; what is under way fails with `reason`. */
  close(reason: BrokerConnectionError): void {
    if (this.#closedBy !== undefined) return;
    this.#closedBy = reason;
    this.#connection.connectionStatus = "disconnected";
    this.#connection.requestQueue.rejectAll(reason);
    this.#connection.requestQueue.destroy();
    this.#socket.destroy();
  }

  async #learnVersions(): Promise<void> {
    const exchange = makeExchange("ApiVersions", {}, { brokersNewest: Infinity });
    const answer = await this.exchange<ApiVersionsAnswer>(exchange, { timeoutMs: CONNECT_TIMEOUT_MS });
    if (answer.errorCode !== ErrorCode.none) {
      const failure = new KafkaError(answer.errorCode, `ask the broker at ${this.address} what it can speak`);
      throw new BrokerConnectionError(this.address, failure.message, { cause: failure });
    }
    this.#newestVersions = new Map(answer.apiVersions.map(({ apiKey, maxVersion }) => [apiKey, maxVersion]));
  }
}

/** Splits `host:port`; an IPv6 address stands in brackets. */
export function parseAddress(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(":");
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, "$1");
  return { host, port: Number(address.slice(at + 1)) };
}

/** Joins what `parseAddress` splits. */
export function formatAddress({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A look-up cannot be called off; `signal` and the time limit end the waiting for it. */
async function resolveHost(
  host: string,
  { address, signal }: { address: string; signal: AbortSignal },
): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new BrokerConnectionError(address, "given up"));
  const timer = setTimeout(
    () => reject(new BrokerConnectionError(address, "the look-up of the host name takes too long")),
    CONNECT_TIMEOUT_MS,
  );
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    if (signal.aborted) giveUp();
    const found = await Promise.race([lookup(host, { all: true }), tooLate]);
    return found.map((entry) => entry.address);
  } catch (error) {
    throw asBrokerConnectionError(address, error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}
