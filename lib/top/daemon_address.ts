// Where a daemon is, as its user says it: credentials in the address are for the daemon alone.

export interface DaemonAddress {
  /** Without credentials, and without a slash at the end. */
  readonly url: string;
  /** For the header of that name. */
  readonly authorization: string | undefined;
}

/** Reads an address such as `https://user:password@host:8000/`; undefined for what is none. */
export function parseDaemonAddress(text: string): DaemonAddress | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  const credentials = decode(url.username) + ":" + decode(url.password);
  const authorization = credentials === ":" ? undefined : `Basic ${encodeBase64(credentials)}`;
  return { url: url.origin + url.pathname.replace(/\/+$/, ""), authorization };
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

function encodeBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
