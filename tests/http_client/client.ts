import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { parseHttpAddress } from "../../lib/http_client/http_address.ts";
import { HttpClient, type HttpClientOptions } from "../../lib/http_client/http_client.ts";

/** A client of the server at an address. */
export function client(address: string, options: Partial<HttpClientOptions> = {}): HttpClient {
  const server = parseHttpAddress(address) ?? assert.fail(address);
  return new HttpClient(server, { clock: systemClock, signal: new AbortController().signal, ...options });
}
