// A TokenError is thrown where no token for a login is available. It names the condition and the remedy, and shows no secret.

export class TokenError extends Error {
  override readonly name = "TokenError";

  constructor(readonly condition: string, readonly remedy: string) {
    super(`${condition}: ${remedy}`);
  }
}
