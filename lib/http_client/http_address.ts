// The address of an HTTP server as a user writes it. Its credentials are kept apart, so that no message shows them.

import { Buffer } from "node:buffer";

export interface HttpAddress {
  /** Without credentials, and without a slash at the end. */
  readonly url: string;
  /** An IPv6 address has no brackets. */
  readonly host: string;
  readonly port: number;
  /** The value of the header of that name. */
  readonly authorization: string | undefined;
}

/**
 * Reads an address such as `https://user:password@host:8000/`; undefined for any other text.
 *
 * @param login `USER:PASSWORD`, for an address that has no password
 */
export function parseHttpAddress(text: string, login?: string): HttpAddress | undefined {
  const parsed = URL.parse(text);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return undefined;
  const { protocol, hostname, port, origin, pathname, username, password } = parsed;
  const own = username === "" && password === "" ? undefined : `${decode(username)}:${decode(password)}`;
  const credentials = password === "" ? login ?? own : own;
  return {
    url: origin + withoutSlashes(pathname),
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port || (protocol === "https:" ? 443 : 80)),
    authorization: credentials && basicAuthorization(credentials),
  };
}

/** The header `authorization` for `USER:PASSWORD`. */
export function basicAuthorization(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}

/** The path without the slashes at its end. */
function withoutSlashes(path: string): string {
  let end = path.length;
  while (path.endsWith("/", end)) end--;
  return path.slice(0, end);
}

/** Text that only looks percent-encoded is taken as it stands. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
