// One connection to one broker. A broker answers the requests of a connection in order, so requests that may block (a
// long-polling Fetch, a JoinGroup) get a connection of their own.
//
// A kafkajs connection does the framing. Its `disconnect` waits for pending requests, so it is not used: any failure
// destroys the socket, and all pending requests fail at once.

import type { Socket } from "node:net";
import { type Clock, runAfter } from "../../async/clock.ts";
import { splitAddress } from "../../text/address.ts";
import type { BearerToken, BrokerSecurity, SaslSettings } from "./broker_security.ts";
import { closeSocket, openSocket, resolveHost } from "./broker_socket.ts";
import {
  type ConnectionAttempt,
  type Diagnoses,
  explainFirstFailure,
  explainRefusal,
} from "./connection_trouble.ts";
import { guardFrames } from "./guarded_frames.ts";
import {
  type ApiName,
  hasCommonVersion,
  type KafkajsConnection,
  makeConnection,
  makeExchange,
  type ProtocolExchange,
} from "./kafkajs.ts";
import {
  asBrokerConnectionError,
  BrokerConnectionError,
  ErrorCode,
  KafkaError,
  NoAnswerError,
} from "./kafka_error.ts";
import { logIn, type SaslConnection, takeToken } from "./sasl.ts";

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** Brokers allow one login per second. */
const MIN_RENEWAL_MS = 1_100;
/** No timer is longer. */
const MAX_RENEWAL_MS = 2 ** 31 - 1;

interface ApiVersionsAnswer {
  readonly errorCode: number;
  readonly apiVersions: readonly { apiKey: number; maxVersion: number }[];
}

export interface BrokerConnectionOptions {
  readonly clientId: string;
  readonly security: BrokerSecurity;
  readonly diagnoses: Diagnoses;
  readonly clock: Pick<Clock, "nowMs" | "sleep">;
  readonly signal: AbortSignal;
}

export class BrokerConnection {
  /** `host:port`, as the caller asked for it. */
  readonly address: string;
  readonly #connection: KafkajsConnection;
  readonly #socket: Socket;
  readonly #attempt: ConnectionAttempt;
  readonly #pending = new Set<Promise<unknown>>();
  /** For the login itself, which must not wait for a login. */
  readonly #beforeLogin: SaslConnection;
  /** The broker has answered a request that may need a login. */
  #isProven = false;
  #renewing: Promise<void> | undefined;
  #cancelRenewal = () => {};
  #newestVersions: ReadonlyMap<number, number> = new Map();
  #closedBy: BrokerConnectionError | undefined;

  private constructor(connection: KafkajsConnection, socket: Socket, attempt: ConnectionAttempt) {
    const { address } = attempt.target;
    this.address = address;
    this.#connection = connection;
    this.#socket = socket;
    this.#attempt = attempt;
    this.#beforeLogin = {
      address,
      request: (api, args) => this.#send(this.#exchangeFor(api, args), REQUEST_TIMEOUT_MS),
    };
    socket.on(
      "close",
      () => this.close(new BrokerConnectionError(address, "the broker closed the connection")),
    );
  }

  /** Learns the supported versions and logs in; tries all addresses of the host. @throws BrokerConnectionError */
  static async open(address: string, options: BrokerConnectionOptions): Promise<BrokerConnection> {
    const { clientId, security, diagnoses, clock, signal } = options;
    const limits = { timeoutMs: CONNECT_TIMEOUT_MS, clock, signal };
    const { host, port } = splitAddress(address);
    let failure = new BrokerConnectionError(address, "the host name has no address");
    for (const ip of await resolveHost(host, address, limits)) {
      const attempt: ConnectionAttempt = {
        target: { address, host, ip, port },
        clientId,
        security,
        limits,
        diagnoses,
        tryOtherwise: (tls, use) => BrokerConnection.#tryOtherwise(attempt, tls, use),
      };
      try {
        return await BrokerConnection.#openAs(attempt);
      } catch (error) {
        failure = asBrokerConnectionError(address, error);
        if (failure.fault !== undefined) break;
      }
    }
    throw failure;
  }

  static async #openAs(attempt: ConnectionAttempt): Promise<BrokerConnection> {
    let opened: BrokerConnection;
    try {
      opened = await BrokerConnection.#connect(attempt);
    } catch (error) {
      throw await explainRefusal(error, attempt);
    }
    await opened.#closeOnFailure(() => opened.#logIn());
    return opened;
  }

  /** Connects and asks for the versions, which a broker tells every client that it understands. */
  static async #connect(attempt: ConnectionAttempt): Promise<BrokerConnection> {
    const { target, clientId, security, limits } = attempt;
    const socket = await openSocket(target, security.tls, limits);
    const connection = makeConnection(clientId, socket);
    const opened = new BrokerConnection(connection, socket, attempt);
    guardFrames(connection, target.address, (error) => opened.close(error));
    await opened.#closeOnFailure(async () => {
      await connection.connect();
      await opened.#learnVersions();
    });
    return opened;
  }

  /** Uses a connection to the same target with other TLS settings and without a login; undefined if it fails. */
  static async #tryOtherwise<T>(
    { target, clientId, limits, diagnoses, tryOtherwise }: ConnectionAttempt,
    tls: BrokerSecurity["tls"],
    use: (connection: SaslConnection) => Promise<T>,
  ): Promise<T | undefined> {
    let other: BrokerConnection | undefined;
    try {
      const security = { tls };
      other = await BrokerConnection.#connect({
        target,
        clientId,
        security,
        limits,
        diagnoses,
        tryOtherwise,
      });
      return await use(other.#beforeLogin);
    } catch (error) {
      if (error instanceof Error) return undefined;
      throw error;
    } finally {
      other?.close(new BrokerConnectionError(target.address, "the diagnosis is over"));
    }
  }

  get closed(): boolean {
    return this.#closedBy !== undefined;
  }

  /** Uses the newest common version. The caller checks error codes in the answer. @throws BrokerConnectionError */
  async request<T>(api: ApiName, args: object, options: { readonly timeoutMs?: number } = {}): Promise<T> {
    return await this.exchange<T>(this.#exchangeFor(api, args), options);
  }

  /** Whether the broker supports `apiVersion` of the request. */
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
      if (!this.#isProven) this.#attempt.diagnoses.forget(this.address);
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
    const stopTimer = runAfter(this.#attempt.limits.clock, timeoutMs, () => {
      this.close(new NoAnswerError(this.address, `no answer to ${request.apiName} within ${timeoutMs} ms`));
    });
    try {
      // The wrapping hides the throttle time from kafkajs, which would stall its queue. A broker does not read from a
      // connection that it throttles, so the client need not wait as well.
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
      // After an answer that cannot be decoded the state of the stream is unknown.
      const failure = this.#closedBy ?? asBrokerConnectionError(this.address, error);
      this.close(failure);
      throw failure;
    } finally {
      stopTimer();
    }
  }

  /** Destroys the socket. Pending requests fail with `reason`. */
  close(reason: BrokerConnectionError): void {
    if (this.#closedBy !== undefined) return;
    this.#closedBy = reason;
    this.#cancelRenewal();
    this.#connection.connectionStatus = "disconnected";
    this.#connection.requestQueue.rejectAll(reason);
    this.#connection.requestQueue.destroy();
    closeSocket(this.#socket);
  }

  async #closeOnFailure(action: () => Promise<void>): Promise<void> {
    const { signal } = this.#attempt.limits;
    const cancel = () => this.close(new BrokerConnectionError(this.address, "cancelled"));
    signal.addEventListener("abort", cancel, { once: true });
    try {
      if (signal.aborted) cancel();
      await action();
    } catch (error) {
      this.close(asBrokerConnectionError(this.address, error));
      throw error;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  #exchangeFor(api: ApiName, args: object): ProtocolExchange {
    const { request: { apiKey } } = makeExchange(api, args, { brokersNewest: Infinity });
    const brokersNewest = this.#newestVersions.get(apiKey) ?? -1;
    if (!hasCommonVersion(api, { brokersNewest })) {
      throw new BrokerConnectionError(this.address, `the broker does not support the request ${api}`);
    }
    return makeExchange(api, args, { brokersNewest });
  }

  async #learnVersions(): Promise<void> {
    const exchange = makeExchange("ApiVersions", {}, { brokersNewest: Infinity });
    const answer = await this.#send<ApiVersionsAnswer>(exchange, CONNECT_TIMEOUT_MS);
    if (answer.errorCode !== ErrorCode.none) {
      const failure = new KafkaError(answer.errorCode, `learn what the broker at ${this.address} supports`);
      throw new BrokerConnectionError(this.address, failure.message, { cause: failure });
    }
    this.#newestVersions = new Map(answer.apiVersions.map(({ apiKey, maxVersion }) => [apiKey, maxVersion]));
  }

  /** Brokers close a connection that outlives its login, so a login that expires is renewed in time. */
  async #logIn(token?: BearerToken): Promise<void> {
    const { security: { sasl }, limits: { clock } } = this.#attempt;
    if (sasl === undefined) return;
    const renewInMs = await logIn(this.#beforeLogin, sasl, { nowMs: clock.nowMs(), token });
    if (renewInMs === Infinity || this.closed) return;
    const delayMs = Math.max(MIN_RENEWAL_MS, Math.min(renewInMs, MAX_RENEWAL_MS));
    this.#cancelRenewal = runAfter(clock, delayMs, () => void this.#renew(sasl));
  }

  /** Requests go on while the token is taken: the endpoint that issues it may be slow. */
  async #renew(sasl: SaslSettings): Promise<void> {
    try {
      const token = await takeToken(this.address, sasl);
      if (!this.closed) this.#renewing = this.#renewLogin(token);
    } catch (error) {
      this.close(asBrokerConnectionError(this.address, error));
    }
  }

  /** New requests wait for the renewal, which waits for the pending ones: a broker answers in order. */
  async #renewLogin(token: BearerToken | undefined): Promise<void> {
    await Promise.allSettled(this.#pending);
    try {
      await this.#logIn(token);
    } catch (error) {
      this.close(asBrokerConnectionError(this.address, error));
    } finally {
      this.#renewing = undefined;
    }
  }
}
