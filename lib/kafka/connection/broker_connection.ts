// One connection to one broker. A broker answers the requests of a connection one after the other, so what may be
// held up there (a long-polling Fetch, a JoinGroup) has a connection of its own.
//
// kafkajs's connection sits inside. Ending it is not left to kafkajs, whose `disconnect` waits for what is pending:
// whatever goes wrong here destroys the socket, and all that waits for it is told at once.

import { lookup } from "node:dns/promises";
import { isIP, type Socket } from "node:net";
import { type Clock, systemClock } from "../../async/clock.ts";
import { splitAddress } from "../../text/address.ts";
import type { BrokerSecurity } from "./broker_security.ts";
import { type BrokerTarget, openSocket } from "./broker_socket.ts";
import { type Attempt, explainFirstFailure, explainRefusal } from "./connection_trouble.ts";
import { guardFrames } from "./guarded_frames.ts";
import {
  type ApiName,
  type KafkajsConnection,
  makeConnection,
  makeExchange,
  type ProtocolExchange,
  SILENT_LOGGER,
} from "./kafkajs.ts";
import {
  asBrokerConnectionError,
  BrokerConnectionError,
  ErrorCode,
  KafkaError,
  NoAnswerError,
} from "./kafka_error.ts";
import { logIn, type SaslConnection } from "./sasl.ts";

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** A log-in is renewed when so much of its time is over; the rest is for brokers that are slow, or away for a moment. */
const RENEW_AFTER = 0.8;
/** Brokers allow one log-in a second. */
const LEAST_RENEWAL_MS = 1_100;
/** A timer takes no more. */
const LONGEST_RENEWAL_MS = 2 ** 31 - 1;

interface ApiVersionsAnswer {
  readonly errorCode: number;
  readonly apiVersions: readonly { apiKey: number; maxVersion: number }[];
}

export interface BrokerConnectionOptions {
  readonly clientId: string;
  readonly signal: AbortSignal;
  /** In plain and without a log-in where it is not given. */
  readonly security?: BrokerSecurity | undefined;
  readonly clock?: Pick<Clock, "nowMs">;
}

/** An open connection. It does not come back once it is closed. */
export class BrokerConnection {
  /** `host:port`, as it was asked for. */
  readonly address: string;
  readonly #connection: KafkajsConnection;
  readonly #socket: Socket;
  readonly #attempt: Attempt;
  /** What is under way. */
  readonly #pending = new Set<Promise<unknown>>();
  /** The connection for the log-in itself, which waits for no log-in. */
  readonly #unguarded: SaslConnection;
  /** A request has been answered that not everybody may ask. */
  #isProven = false;
  #renewing: Promise<void> | undefined;
  #renewalTimer: ReturnType<typeof setTimeout> | undefined;
  #newestVersions: ReadonlyMap<number, number> = new Map();
  #closedBy: BrokerConnectionError | undefined;

  private constructor(connection: KafkajsConnection, socket: Socket, attempt: Attempt) {
    const { address } = attempt.target;
    this.address = address;
    this.#connection = connection;
    this.#socket = socket;
    this.#attempt = attempt;
    this.#unguarded = {
      address,
      request: (api, args) => this.#send(this.#exchangeFor(api, args), REQUEST_TIMEOUT_MS),
    };
    socket.on(
      "close",
      () => this.close(new BrokerConnectionError(address, "the broker closed the connection")),
    );
  }

  /**
   * Connects to `address` (`host:port`), asks what the broker can speak and logs in. Of a name with several addresses
   * (`localhost`: ::1 and 127.0.0.1) each is tried, until one is found that answers.
   *
   * @throws BrokerConnectionError
   */
  static async open(address: string, options: BrokerConnectionOptions): Promise<BrokerConnection> {
    const { host, port } = splitAddress(address);
    let failure = new BrokerConnectionError(address, "the host name has no address");
    for (const ip of await resolveHost(host, { address, signal: options.signal })) {
      const target = { address, host, ip, port };
      try {
        return await BrokerConnection.#openTo(target, options);
      } catch (error) {
        failure = asBrokerConnectionError(address, error);
        if (failure.fault !== undefined) break;
      }
    }
    throw failure;
  }

  static async #openTo(target: BrokerTarget, options: BrokerConnectionOptions): Promise<BrokerConnection> {
    const { clientId, signal, security = {}, clock = systemClock } = options;
    const attempt: Attempt = {
      target,
      clientId,
      security,
      signal,
      clock,
      timeoutMs: CONNECT_TIMEOUT_MS,
      async tryOtherwise(tls, use) {
        let other: BrokerConnection | undefined;
        try {
          other = await BrokerConnection.#openAs({ ...attempt, security: { tls } });
          return await use(other.#unguarded);
        } catch (error) {
          if (error instanceof Error) return undefined;
          throw error;
        } finally {
          other?.close(new BrokerConnectionError(target.address, "it was opened to find something out"));
        }
      },
    };
    let isHeard = false;
    try {
      return await BrokerConnection.#openAs(attempt, () => isHeard = true);
    } catch (error) {
      throw isHeard ? error : await explainRefusal(error, attempt);
    }
  }

  /** @param onHeard called when the broker has told its versions, which it tells everybody that it understands. */
  static async #openAs(attempt: Attempt, onHeard: () => void = () => {}): Promise<BrokerConnection> {
    const { target, clientId, security, signal, timeoutMs } = attempt;
    const { address, ip: host, port } = target;
    const socket = await openSocket(target, { tls: security.tls, timeoutMs, signal });
    const connection = makeConnection({
      host,
      port,
      clientId,
      connectionTimeout: timeoutMs,
      enforceRequestTimeout: false,
      logger: SILENT_LOGGER,
      socketFactory: ({ onConnect }) => {
        queueMicrotask(onConnect);
        return socket;
      },
    });
    // Nothing ever waits in kafkajs's queue: there is no limit of requests in flight, and throttling is ours. Left as it
    // is, an idle queue arms a timer with a negative delay again and again.
    connection.requestQueue.scheduleCheckPendingRequests = () => {};
    const opened = new BrokerConnection(connection, socket, attempt);
    guardFrames(connection, address, (error) => opened.close(error));
    const giveUp = () => opened.close(new BrokerConnectionError(address, "given up"));
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      await connection.connect();
      if (signal.aborted) giveUp();
      await opened.#learnVersions();
      onHeard();
      await opened.#logIn();
      return opened;
    } catch (error) {
      opened.close(asBrokerConnectionError(address, error));
      throw error;
    } finally {
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
    return await this.exchange<T>(this.#exchangeFor(api, args), options);
  }

  /** Whether the broker speaks `version` of the request with this key. */
  supports({ apiKey, apiVersion }: { readonly apiKey: number; readonly apiVersion: number }): boolean {
    return (this.#newestVersions.get(apiKey) ?? -1) >= apiVersion;
  }

  /** As `request`, with the exchange given. */
  async exchange<T>(
    exchange: ProtocolExchange,
    { timeoutMs = REQUEST_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
  ): Promise<T> {
    if (this.#renewing !== undefined) await this.#renewing;
    const answered = this.#send<T>(exchange, timeoutMs);
    this.#pending.add(answered);
    try {
      const answer = await answered;
      this.#isProven = true;
      return answer;
    } catch (error) {
      if (this.#isProven || !(error instanceof BrokerConnectionError)) throw error;
      throw await explainFirstFailure(error, this.#attempt);
    } finally {
      this.#pending.delete(answered);
    }
  }

  async #send<T>({ request, response }: ProtocolExchange, timeoutMs: number): Promise<T> {
    if (this.#closedBy !== undefined) throw this.#closedBy;
    const timer = setTimeout(
      () =>
        this.close(
          new NoAnswerError(this.address, `no answer to ${request.apiName} within ${timeoutMs} ms`),
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
    clearTimeout(this.#renewalTimer);
    this.#connection.connectionStatus = "disconnected";
    this.#connection.requestQueue.rejectAll(reason);
    this.#connection.requestQueue.destroy();
    this.#socket.destroy();
  }

  #exchangeFor(api: ApiName, args: object): ProtocolExchange {
    const { request: { apiKey } } = makeExchange(api, args, { brokersNewest: Infinity });
    const brokersNewest = this.#newestVersions.get(apiKey);
    if (brokersNewest === undefined) {
      throw new BrokerConnectionError(this.address, `the broker does not know the request ${api}`);
    }
    return makeExchange(api, args, { brokersNewest });
  }

  async #learnVersions(): Promise<void> {
    const exchange = makeExchange("ApiVersions", {}, { brokersNewest: Infinity });
    const answer = await this.#send<ApiVersionsAnswer>(exchange, CONNECT_TIMEOUT_MS);
    if (answer.errorCode !== ErrorCode.none) {
      const failure = new KafkaError(answer.errorCode, `ask the broker at ${this.address} what it can speak`);
      throw new BrokerConnectionError(this.address, failure.message, { cause: failure });
    }
    this.#newestVersions = new Map(answer.apiVersions.map(({ apiKey, maxVersion }) => [apiKey, maxVersion]));
  }

  /** A log-in that is good for a while only is renewed in time: brokers close a connection that is used beyond it. */
  async #logIn(): Promise<void> {
    const { security: { sasl }, clock } = this.#attempt;
    if (sasl === undefined) return;
    const lifetimeMs = await logIn(this.#unguarded, sasl, clock.nowMs());
    if (lifetimeMs === Infinity || this.closed) return;
    const delayMs = Math.max(LEAST_RENEWAL_MS, Math.min(lifetimeMs * RENEW_AFTER, LONGEST_RENEWAL_MS));
    this.#renewalTimer = setTimeout(() => this.#renewing = this.#renew(), delayMs);
  }

  /** What is asked meanwhile waits; what is being answered is waited for, as a broker answers in order. */
  async #renew(): Promise<void> {
    await Promise.allSettled(this.#pending);
    try {
      await this.#logIn();
    } catch (error) {
      this.close(asBrokerConnectionError(this.address, error));
    } finally {
      this.#renewing = undefined;
    }
  }
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
