// Requests to one server, for `rtcount check`, `rtcount health`, `rtcount top`, the push of metrics, tokens for logins, and
// schemas. They use no proxy and follow no redirect, since they are meant for the server that the user names. `fetch` would take the
// proxy that the environment names, and its errors have no code that tells why a connection failed.

import { Buffer } from "node:buffer";
import { type ClientRequest, type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../async/clock.ts";
import { shorten } from "../text/shorten.ts";
import type { HttpAddress } from "./http_address.ts";
import { boundReceivedBytes } from "./received_bytes.ts";

const TIMEOUT_MS = 5_000;
/** `/metrics` and `/api/v1/status` take some hundred bytes for each partition. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** An answer comes in pieces of so many bytes on average, after some free ones: each piece takes as long as a turn of its own. */
const MIN_PIECE_BYTES = 64;
const FREE_PIECES = 1_000;

/** Why there is no answer. Each kind has a remedy of its own. */
export type HttpFailure = "refused" | "unresolved" | "unreachable" | "silent" | "untrusted" | "broken";

export type HttpOutcome =
  | { readonly kind: "answer"; readonly status: number; readonly text: string }
  /** `reason` in plain words. */
  | { readonly kind: "failure"; readonly failure: HttpFailure; readonly reason: string };

/** There is no answer, or it broke off; the message says why in plain words. */
export class HttpError extends Error {
  override readonly name = "HttpError";

  constructor(readonly failure: HttpFailure, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** An answer whose body comes bit by bit. Its owner reads `chunks` or calls `close`. */
export interface HttpStream {
  readonly status: number;
  readonly contentType: string;
  /** @throws {HttpError} */
  readonly chunks: AsyncIterable<Uint8Array>;
  close(): void;
}

export interface HttpClientOptions {
  readonly clock: Clock;
  /** Ends every request. */
  readonly signal: AbortSignal;
  /** How long a whole answer may take, or the head of a stream. */
  readonly timeoutMs?: number;
  readonly maxAnswerBytes?: number;
  /** Certificates (PEM) that are trusted beside the usual ones. */
  readonly ca?: string | undefined;
  /** The usual certificates are not trusted if there is `ca`. */
  readonly isCaAlone?: boolean;
  /** The certificate of the client with its key (PEM). */
  readonly identity?: { readonly certificate: string; readonly key: string } | undefined;
  /** The setting that names `ca`, for messages. */
  readonly caSetting?: string;
  /**
   * Judges the server's certificate instead of the authorities, by its SHA-256 fingerprint: the end of the sentence "the
   * certificate …", or undefined to accept it. The request is sent only after that.
   */
  readonly certificateFault?: ((fingerprint: string) => string | undefined) | undefined;
}

const FAILURES: Readonly<Record<string, readonly [HttpFailure, string]>> = {
  ECONNREFUSED: ["refused", "connection refused"],
  ENOTFOUND: ["unresolved", "the host name is not known"],
  EAI_AGAIN: ["unresolved", "the host name cannot be looked up now"],
  EHOSTUNREACH: ["unreachable", "the host cannot be reached"],
  ENETUNREACH: ["unreachable", "the network cannot be reached"],
  ETIMEDOUT: ["unreachable", "no answer to the attempt to connect"],
  ECONNRESET: ["broken", "the connection was reset"],
};

const IS_TRUST_FAULT = /certificate/;

/** The content of a POST. */
export interface PostContent {
  readonly contentType: string;
  readonly body: string;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface RequestOptions extends HttpRequest {
  readonly signal: AbortSignal;
  /** Infinity for a body without end. */
  readonly maxBodyBytes: number;
}

export class HttpClient {
  /** The address of the server. */
  readonly url: string;
  readonly #authorization: string | undefined;
  readonly #options: HttpClientOptions;

  constructor({ url, authorization }: HttpAddress, options: HttpClientOptions) {
    this.url = url;
    this.#authorization = authorization;
    this.#options = options;
  }

  /** Asks for a path below the server's address. */
  async get(path: string): Promise<HttpOutcome> {
    return await this.ask(path, { method: "GET", headers: {} });
  }

  /** Sends content to a path below the server's address. */
  async post(path: string, { contentType, body }: PostContent): Promise<HttpOutcome> {
    return await this.ask(path, { method: "POST", headers: { "content-type": contentType }, body });
  }

  /** Sends any request to a path below the server's address. */
  async ask(path: string, request: HttpRequest): Promise<HttpOutcome> {
    const { timeoutMs = TIMEOUT_MS, maxAnswerBytes: maxBodyBytes = MAX_ANSWER_BYTES } = this.#options;
    const over = new AbortController();
    const { signal } = over;
    try {
      return await this.#within(timeoutMs, over, this.#read(path, { ...request, signal, maxBodyBytes }));
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      return { kind: "failure", failure: error.failure, reason: error.message };
    }
  }

  /**
   * Asks for a path whose answer has no end. `silenceMs` is how long the server may send nothing.
   *
   * @throws {HttpError}
   */
  async open(
    path: string,
    { headers, silenceMs }: {
      readonly headers: Readonly<Record<string, string>>;
      readonly silenceMs: number;
    },
  ): Promise<HttpStream> {
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    const over = new AbortController();
    const sent = this.#send(path, { method: "GET", headers, signal: over.signal, maxBodyBytes: Infinity });
    const response = await this.#within(timeoutMs, over, sent);
    return {
      status: response.statusCode ?? 0,
      contentType: response.headers["content-type"] ?? "",
      chunks: this.#chunks(response, { silenceMs, over }),
      close: () => over.abort(),
    };
  }

  async *#chunks(
    response: IncomingMessage,
    { silenceMs, over }: { readonly silenceMs: number; readonly over: AbortController },
  ): AsyncGenerator<Uint8Array> {
    const chunks: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]();
    try {
      while (true) {
        const { done, value } = await this.#within(silenceMs, over, chunks.next());
        if (done) return;
        yield value;
      }
    } finally {
      over.abort();
    }
  }

  async #read(path: string, request: RequestOptions): Promise<HttpOutcome> {
    const response = await this.#send(path, request);
    const body = await bodyOf(response, request.maxBodyBytes);
    return { kind: "answer", status: response.statusCode ?? 0, text: body.toString() };
  }

  /**
   * Asks with the certificates that are given, and with the usual ones if those do not fit. Both in one list would need
   * the permission to read the system's list, which the program does not have.
   */
  async #send(path: string, request: RequestOptions): Promise<IncomingMessage> {
    const { ca, isCaAlone = false } = this.#options;
    if (ca === undefined || isCaAlone) return await this.#connect(path, request, ca);
    try {
      return await this.#connect(path, request, ca);
    } catch (error) {
      if (!(error instanceof Error) || !IS_TRUST_FAULT.test(error.message)) throw error;
      return await this.#connect(path, request, undefined).catch(() => Promise.reject(error));
    }
  }

  async #connect(
    path: string,
    { method, headers, signal, body, maxBodyBytes }: RequestOptions,
    ca: string | undefined,
  ): Promise<IncomingMessage> {
    const { certificateFault, identity, signal: outer } = this.#options;
    const authorization = this.#authorization;
    const length = method === "GET" ? {} : { "content-length": String(Buffer.byteLength(body ?? "")) };
    const login = authorization === undefined ? {} : { authorization };
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const options = {
      // A connection for each request: none is left open at the end.
      agent: false,
      method,
      headers: { ...headers, ...length, ...login },
      signal: AbortSignal.any([signal, outer]),
    };
    const isJudged = certificateFault !== undefined && this.url.startsWith("https:");
    const request = this.url.startsWith("https:")
      ? requestTls(
        this.url + path,
        // Without a list the runtime would read the one that NODE_EXTRA_CA_CERTS names.
        {
          ...options,
          ca: isJudged ? [] : ca,
          cert: identity?.certificate,
          key: identity?.key,
          rejectUnauthorized: !isJudged,
        },
        resolve,
      )
      : requestPlain(this.url + path, options, resolve);
    request.on("error", reject);
    boundReceivedBytes(request, {
      maxBodyBytes,
      onExcess() {
        const error = new HttpError("broken", "the server sends more bytes than an answer can have");
        request.destroy(error);
        promise.then((response) => response.destroy(error), () => {});
      },
    });
    if (isJudged) endOnceAccepted(request, certificateFault);
    else request.end(body);
    return await promise;
  }

  /** Aborts `over` when the work takes longer. It does not wait for the work to notice: a look-up may go on. */
  async #within<T>(ms: number, over: AbortController, work: Promise<T>): Promise<T> {
    const { clock, signal } = this.#options;
    const done = new AbortController();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const giveUp = () => {
      over.abort();
      reject(new HttpError("silent", `no answer within ${ms / 1000} s`));
    };
    signal.addEventListener("abort", giveUp, { once: true, signal: done.signal });
    clock.sleep(ms, done.signal).then(() => done.signal.aborted || giveUp());
    try {
      if (signal.aborted) giveUp();
      return await Promise.race([late, work]);
    } catch (error) {
      throw this.#explain(error);
    } finally {
      done.abort();
    }
  }

  #explain(error: unknown): unknown {
    if (!(error instanceof Error) || error instanceof HttpError) return error;
    const [failure, reason] = FAILURES[(error as { code?: string }).code ?? ""] ??
      ["broken", shorten(error.message)];
    if (!IS_TRUST_FAULT.test(reason)) return new HttpError(failure, reason, { cause: error });
    const { caSetting = "--ca-file" } = this.#options;
    const remedy = `${caSetting} names the certificate (PEM) of an authority of your own`;
    return new HttpError("untrusted", `${reason}: ${remedy}`, { cause: error });
  }
}

/** Events and not an iterator, which would queue any number of pieces before the first one is counted. @throws {HttpError} */
async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const refuse = (reason: string) => {
    response.removeAllListeners("data");
    reject(new HttpError("broken", reason));
    response.destroy();
  };
  response.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > maxBytes) refuse(`the answer is longer than ${maxBytes} bytes`);
    else if (chunks.length - FREE_PIECES > bytes / MIN_PIECE_BYTES) {
      refuse(`the answer comes in pieces of less than ${MIN_PIECE_BYTES} bytes`);
    }
  });
  response.on("end", () => resolve(Buffer.concat(chunks)));
  response.on("error", reject);
  response.on("close", () => reject(new HttpError("broken", "the answer broke off")));
  return await promise;
}

/** Nothing is sent before the handshake: the head may hold a password. */
function endOnceAccepted(request: ClientRequest, faultOf: (fingerprint: string) => string | undefined): void {
  request.once("socket", (socket) => {
    socket.once("secureConnect", () => {
      const fault = faultOf((socket as TLSSocket).getPeerCertificate().fingerprint256);
      if (fault === undefined) request.end();
      else request.destroy(new HttpError("broken", `the certificate ${fault}`));
    });
  });
}
