// There is no token: the condition and its remedy, in plain words and without any secret.

export class TokenError extends Error {
  override readonly name = "TokenError";

  constructor(readonly condition: string, readonly remedy: string) {
    super(`${condition}: ${remedy}`);
  }
}
