// An HttpAnswer is the answer to one request. This file makes its header fields, and formats it as text for a socket
// whose request the runtime cannot parse.

import { type ServerResponse, STATUS_CODES } from "node:http";

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  /** Further header fields; they go before COMMON_FIELDS. */
  readonly fields?: Readonly<Record<string, string>>;
  /** After the body come events, for as long as the client listens: from this place of the feed on. */
  readonly eventsFrom?: number;
}

const COMMON_FIELDS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Resource-Policy": "same-origin",
};

export function errorAnswer(status: number, message: string, fields?: HttpAnswer["fields"]): HttpAnswer {
  const body = `${JSON.stringify({ error: message })}\n`;
  return { status, contentType: "application/json; charset=utf-8", body, ...(fields && { fields }) };
}

export function headerFields(
  { status, contentType, body, fields, eventsFrom }: HttpAnswer,
): Record<string, string> {
  const hasLength = eventsFrom === undefined && status !== 304;
  const length: Record<string, string> = hasLength ? { "Content-Length": `${Buffer.byteLength(body)}` } : {};
  return { "Content-Type": contentType, ...length, ...COMMON_FIELDS, ...fields };
}

/** The whole text of an answer that ends the connection, for a socket whose request the runtime does not understand. */
export function formatLastAnswer(answer: HttpAnswer, nowMs: number): string {
  const date = new Date(nowMs).toUTCString();
  const fields = Object.entries({ ...headerFields(answer), Date: date, Connection: "close" });
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n${lines}\r\n${answer.body}`;
}

/** Sends the last piece. Resolves when the client has taken all, as far as the system can tell, or has gone. */
export function end(response: ServerResponse, body: string | Uint8Array = ""): Promise<void> {
  return new Promise((resolve) => {
    response.once("finish", resolve).once("close", resolve);
    response.end(body);
  });
}
