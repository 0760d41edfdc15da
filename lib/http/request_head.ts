// The head of an HTTP/1.x request (RFC 9112), read strictly: what is not understood is refused, not guessed at.

/** A longer head is refused; browsers and scrapers stay far below. */
export const MAX_HEAD_BYTES = 16 * 1024;
/** A longer path with its query is refused; a word of 256 bytes, percent-encoded, takes a tenth of it. */
export const MAX_TARGET_BYTES = 8 * 1024;

export interface RequestHead {
  readonly kind: "head";
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  /** By lower-case name; fields that came several times are joined by commas. */
  readonly fields: ReadonlyMap<string, string>;
  /** Whether another request may follow on the connection. */
  readonly keepAlive: boolean;
}

/** Why a head is refused, and with which status. */
export interface BadHead {
  readonly kind: "bad";
  readonly status: 400 | 414 | 431 | 505;
  readonly message: string;
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const REQUEST_LINE = new RegExp(`^(${TOKEN}) ([!-~]+) HTTP/(\\d)\\.(\\d)$`);
const FIELD_NAME = new RegExp(`^${TOKEN}$`);
/** Visible characters, blanks, tabs, and what is beyond ASCII. */
const FIELD_VALUE = /^[\t -~\x80-\xff]*$/;
/** What a proxy may understand otherwise where it stands twice. */
const ONCE: ReadonlySet<string> = new Set(["host", "content-length", "transfer-encoding", "authorization"]);
const ABSOLUTE_TARGET = /^https?:\/\/[^/?#]+/i;

/** The length of the head with the empty line that ends it, -1 while that is not there; looks from `from` on. */
export function findHeadEnd(bytes: Uint8Array, from: number): number {
  for (let i = Math.max(0, from); i < bytes.length; i++) {
    if (bytes[i] !== 0x0a) continue;
    if (bytes[i + 1] === 0x0a) return i + 2;
    if (bytes[i + 1] === 0x0d && bytes[i + 2] === 0x0a) return i + 3;
  }
  return -1;
}

/** Why a head that is too long without an end is refused: because of its first line, or for those after it. */
export function refuseLongHead(bytes: Uint8Array): BadHead {
  if (!bytes.subarray(0, MAX_HEAD_BYTES).includes(0x0a)) return longTarget();
  return { kind: "bad", status: 431, message: `the request's head is longer than ${MAX_HEAD_BYTES} bytes` };
}

/** Reads a whole head; `text` holds a byte per character. */
export function parseRequestHead(text: string): RequestHead | BadHead {
  const [requestLine, ...fieldLines] = text.split(/\r?\n/).filter((line) => line !== "");
  const match = REQUEST_LINE.exec(requestLine ?? "");
  if (match === null) return bad("the request line is malformed");
  const [, method, target, major, minor] = match;
  if (major !== "1") {
    return { kind: "bad", status: 505, message: `HTTP/${major}.${minor} is not spoken here` };
  }

  if (target.length > MAX_TARGET_BYTES) return longTarget();

  const fields = new Map<string, string>();
  for (const line of fieldLines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    const value = line.slice(colon + 1);
    if (!FIELD_NAME.test(name) || !FIELD_VALUE.test(value)) return bad("a header field is malformed");
    const earlier = fields.get(name);
    if (earlier !== undefined && ONCE.has(name)) return bad(`${name} is given more than once`);
    fields.set(name, earlier === undefined ? value.trim() : `${earlier}, ${value.trim()}`);
  }
  if (minor !== "0" && !fields.has("host")) return bad("there is no Host");
  const length = fields.get("content-length");
  if (length !== undefined && (!/^\d{1,16}$/.test(length) || fields.has("transfer-encoding"))) {
    return bad("how long the body is cannot be told");
  }

  const origin = target.replace(ABSOLUTE_TARGET, "");
  return {
    kind: "head",
    method,
    target: origin.startsWith("?") || origin === "" ? `/${origin}` : origin,
    fields,
    keepAlive: minor !== "0" && !hasBody(fields) && !/\bclose\b/i.test(fields.get("connection") ?? ""),
  };
}

/** A body is left unread, and then nothing that follows can be understood. */
function hasBody(fields: ReadonlyMap<string, string>): boolean {
  return fields.has("transfer-encoding") || Number(fields.get("content-length") ?? "0") !== 0;
}

function longTarget(): BadHead {
  return {
    kind: "bad",
    status: 414,
    message: `the path and query are longer than ${MAX_TARGET_BYTES} bytes`,
  };
}

function bad(message: string): BadHead {
  return { kind: "bad", status: 400, message };
}
