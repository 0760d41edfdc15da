// GET requests to one server, as the checker asks them. Not `fetch`: that goes through whatever proxy the environment
// names, and hides in its message why a connection failed.

import { Buffer } from "node:buffer";
import { lookup } from "node:dns/promises";
import { Agent, type ClientRequest, type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestTls, type RequestOptions } from "node:https";
import { connect, isIP } from "node:net";
import { formatAddress } from "../text/address.ts";

/** Of a whole request. */
const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** Why there is no answer: what the one who looks into it would do differently. */
export type HttpFailure = "refused" | "unresolved" | "unreachable" | "silent" | "broken";

export type HttpOutcome =
  | { readonly kind: "answer"; readonly status: number; readonly text: string }
  /** `reason` in plain words. */
  | { readonly kind: "failure"; readonly failure: HttpFailure; readonly reason: string };

export interface HttpClientOptions {
  readonly timeoutMs?: number;
  /** Sent as `Authorization: Bearer`, in place of what stands in the address. */
  readonly token?: string | undefined;
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

export class HttpClient {
  /** Without a slash at the end, and without what is secret in it. */
  readonly url: string;
  readonly #base: URL;
  readonly #options: HttpClientOptions;
  readonly #signal: AbortSignal;

  /** `signal` ends all that is under way. */
  constructor(address: string, options: HttpClientOptions & { readonly signal: AbortSignal }) {
    this.#base = new URL(address);
    this.#options = options;
    this.#signal = options.signal;
    this.url = `${this.#base.origin}${this.#base.pathname}`.replace(/\/+$/, "");
  }

  /** Port and host as they were given; an IPv6 address without its brackets. */
  get target(): { readonly host: string; readonly port: number } {
    const { hostname, port, protocol } = this.#base;
    const usual = protocol === "https:" ? 443 : 80;
    return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? usual : Number(port) };
  }

  /** Asks for a path below the server's address. Of a name with several addresses each is tried. */
  async get(path: string): Promise<HttpOutcome> {
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    const limit = AbortSignal.any([this.#signal, AbortSignal.timeout(timeoutMs)]);
    const { host } = this.target;
    try {
      let outcome: HttpOutcome = {
        kind: "failure",
        failure: "unresolved",
        reason: "the host name has no address",
      };
      for (const ip of await resolve(host, limit)) {
        outcome = await this.#getFrom(ip, { path, limit });
        if (outcome.kind === "answer") break;
      }
      return outcome;
    } catch (error) {
      return this.#failureOf(error, limit);
    }
  }

  async #getFrom(ip: string, { path, limit }: { path: string; limit: AbortSignal }): Promise<HttpOutcome> {
    try {
      const response = await this.#send(ip, { path, limit });
      return { kind: "answer", status: response.statusCode ?? 0, text: await readText(response, limit) };
    } catch (error) {
      return this.#failureOf(error, limit);
    }
  }

  #send(ip: string, { path, limit }: { path: string; limit: AbortSignal }): Promise<IncomingMessage> {
    const { protocol, pathname, hostname } = this.#base;
    const { host, port } = this.target;
    const options: RequestOptions = {
      port,
      path: pathname.replace(/\/+$/, "") + path,
      headers: { ...this.#authorization(), host: formatAddress({ host, port }), connection: "close" },
    };
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const request: ClientRequest = protocol === "https:"
      ? requestTls(
        { ...options, host: ip, agent: false, ...(isIP(host) === 0 ? { servername: hostname } : {}) },
        resolve,
      )
      : requestPlain({ ...options, host: hostname, agent: agentFor({ host: ip, port }) }, resolve);
    const giveUp = () => request.destroy(new Error("given up"));
    request.on("error", reject);
    request.on("close", () => limit.removeEventListener("abort", giveUp));
    limit.addEventListener("abort", giveUp, { once: true });
    if (limit.aborted) giveUp();
    request.end();
    return promise;
  }

  #authorization(): Record<string, string> {
    const { token } = this.#options;
    if (token !== undefined) return { authorization: `Bearer ${token}` };
    const [username, password] = [this.#base.username, this.#base.password].map(decodeURIComponent);
    if (username === "" && password === "") return {};
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
  }

  #failureOf(error: unknown, limit: AbortSignal): HttpOutcome {
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    if (limit.aborted) {
      return { kind: "failure", failure: "silent", reason: `no answer within ${timeoutMs / 1000} s` };
    }
    if (!(error instanceof Error)) throw error;
    const known = FAILURES[(error as { code?: string }).code ?? ""];
    if (known !== undefined) return { kind: "failure", failure: known[0], reason: known[1] };
    const trust = this.#base.protocol === "https:"
      ? " (DENO_CERT in the environment names the certificate of an authority of your own)"
      : "";
    return { kind: "failure", failure: "broken", reason: `${error.message}${trust}` };
  }
}

/** The runtime 2.6 asks without end for what is not an address of the web, as one of IPv6 without its brackets is not. */
function agentFor(address: { readonly host: string; readonly port: number }): Agent {
  const agent = new Agent();
  agent.createConnection = () => connect(address);
  return agent;
}

/** A look-up cannot be called off; `limit` ends the waiting for it. */
async function resolve(host: string, limit: AbortSignal): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new Error("given up"));
  limit.addEventListener("abort", giveUp, { once: true });
  try {
    const found = await Promise.race([lookup(host, { all: true }), tooLate]);
    return found.map(({ address }) => address);
  } finally {
    limit.removeEventListener("abort", giveUp);
  }
}

async function readText(response: IncomingMessage, limit: AbortSignal): Promise<string> {
  const giveUp = () => response.destroy(new Error("given up"));
  limit.addEventListener("abort", giveUp, { once: true });
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  } finally {
    limit.removeEventListener("abort", giveUp);
    response.destroy();
  }
}
