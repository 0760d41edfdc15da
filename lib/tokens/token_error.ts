// There is no token: the condition and its remedy, in plain words and without any secret.

export class TokenError extends Error {
  override readonly name = "TokenError";

  constructor(readonly condition: string, readonly remedy: string) {
    super(`${condition}: ${remedy}`);
  }
}

/** The longest part of a server's own text that a message shows. */
const MAX_SHOWN_CHARACTERS = 200;

/** A server's own text on one line, without the secrets that it may repeat. */
export function quoteServer(text: string, secrets: readonly string[]): string {
  let quoted = text;
  for (const secret of secrets) if (secret !== "") quoted = quoted.replaceAll(secret, "<secret>");
  return quoted.slice(0, MAX_SHOWN_CHARACTERS).replace(/\s+/g, " ").trim();
}
