// Quotes what a server says of a failure. The text comes from outside, and may repeat what was sent.

import { shorten } from "./shorten.ts";

/** A server's own text on one line, without the secrets that it may repeat. */
export function quoteServer(text: string, secrets: readonly string[]): string {
  let quoted = text;
  for (const secret of secrets) if (secret !== "") quoted = quoted.replaceAll(secret, "<secret>");
  return shorten(quoted).replace(/\s+/g, " ").trim();
}
