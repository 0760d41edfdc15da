// Quotes what a server says of a failure. The text comes from outside, and may repeat what was sent.

/** The longest part of a server's own text that a message shows. */
const MAX_SHOWN_CHARACTERS = 200;

/** A server's own text on one line, without the secrets that it may repeat. */
export function quoteServer(text: string, secrets: readonly string[]): string {
  let quoted = text;
  for (const secret of secrets) if (secret !== "") quoted = quoted.replaceAll(secret, "<secret>");
  return quoted.slice(0, MAX_SHOWN_CHARACTERS).replace(/\s+/g, " ").trim();
}
