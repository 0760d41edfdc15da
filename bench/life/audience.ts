// Clients of a daemon that come and go: scrapes, pages, requests of the API, and streams that are read for a while and then
// closed, some in the middle of an answer.

import { systemClock } from "../../lib/async/clock.ts";
import { type Random, randomInteger } from "../../lib/source/synthetic/random.ts";

const PATHS = [
  "/metrics",
  "/",
  "/api/v1/top?k=1000",
  "/api/v1/status",
  "/api/v1/rising",
  "/readyz",
  "/nowhere",
];
const PAUSE_MS = 200;
const STREAMS = 10;
const STREAM_MS = { min: 100, max: 15_000 };

export class Audience implements AsyncDisposable {
  requests = 0;
  streams = 0;
  readonly #url: URL;
  readonly #random: Random;
  readonly #ending = new AbortController();
  readonly #visiting: Promise<void>[];

  constructor(url: string, random: Random) {
    this.#url = new URL(url);
    this.#random = random;
    this.#visiting = [this.#ask(), ...Array.from({ length: STREAMS }, () => this.#listen())];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#visiting);
  }

  async #ask(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      for (const path of PATHS) await this.#visit(path, PAUSE_MS);
    }
  }

  async #listen(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      await this.#visit("/api/v1/stream", randomInteger(this.#random, STREAM_MS.min, STREAM_MS.max));
      this.streams++;
    }
  }

  /** Opens a connection, asks, and closes it after `ms`, whatever has come by then. */
  async #visit(path: string, ms: number): Promise<void> {
    this.requests++;
    const { hostname, port } = this.#url;
    try {
      const conn = await Deno.connect({ hostname, port: Number(port) });
      const reading = drain(conn);
      try {
        await conn.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`));
        await systemClock.sleep(ms, this.#ending.signal);
      } finally {
        conn.close();
        await reading;
      }
    } catch (error) {
      if (!isOfConnection(error)) throw error;
      // The daemon starts, or has closed the connection.
      await systemClock.sleep(PAUSE_MS, this.#ending.signal);
    }
  }
}

async function drain(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(16 * 1_024);
  try {
    while (await conn.read(buffer) !== null);
  } catch (error) {
    if (!isOfConnection(error)) throw error;
  }
}

function isOfConnection(error: unknown): boolean {
  return [
    Deno.errors.ConnectionRefused,
    Deno.errors.ConnectionReset,
    Deno.errors.BrokenPipe,
    Deno.errors.BadResource,
    Deno.errors.Interrupted,
  ].some((kind) => error instanceof kind);
}
