// Decides which requests are refused for their head, which is the request line and the header fields. The runtime's parser
// refuses some; others it takes, and this server refuses them.

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { errorAnswer, type HttpAnswer } from "./answer.ts";

/** A longer path with its query is refused; a word of 256 bytes, percent-encoded, takes a tenth of it. */
export const MAX_TARGET_BYTES = 8 * 1024;

/** An error of the runtime's parser. */
export interface ParseError extends Error {
  readonly code?: string;
  readonly rawPacket?: Uint8Array;
}

/** The answer to a request that the runtime gave up; undefined where nobody waits for one. */
export function answerParseError(
  { code, rawPacket }: ParseError,
  { bytesRead }: Socket,
  headTimeoutMs: number,
): HttpAnswer | undefined {
  if (bytesRead === 0 || code === "ECONNRESET") return undefined;
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return errorAnswer(408, `a request must be here within ${headTimeoutMs / 1000} s`);
  }
  if (code !== "HPE_HEADER_OVERFLOW") return errorAnswer(400, "the request is malformed");
  // The head is too long because of its first line, or for those after it.
  const isFirstLine = rawPacket?.length === bytesRead && !rawPacket.includes(0x0a);
  return isFirstLine ? longTarget() : errorAnswer(431, "the request's head is too long");
}

/** The answer to a head that the runtime takes and this server does not. */
export function refuseHead({ httpVersion, rawHeaders, url = "" }: IncomingMessage): HttpAnswer | undefined {
  if (url.length > MAX_TARGET_BYTES) return longTarget();
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  if (httpVersion !== "1.0" && !names.includes("host")) return errorAnswer(400, "there is no Host");
  // A proxy may understand these otherwise where they stand twice.
  const repeated = ["host", "authorization"].find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  return repeated === undefined ? undefined : errorAnswer(400, `${repeated} is given more than once`);
}

function longTarget(): HttpAnswer {
  return errorAnswer(414, `the path and query are longer than ${MAX_TARGET_BYTES} bytes`);
}
