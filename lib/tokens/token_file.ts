// Tokens in a file, which another program renews. The file is read at each login.

import { fileFault, trimFile } from "../config/config_file.ts";
import type { BearerToken, TokenSource } from "../kafka/connection/broker_security.ts";
import { TokenError } from "./token_error.ts";

export class TokenFile implements TokenSource {
  readonly subject: string;
  readonly #path: string;

  constructor(path: string) {
    this.subject = `the token in ${path}`;
    this.#path = path;
  }

  async token(): Promise<BearerToken> {
    const remedy = "see the program that renews it";
    return { value: await readTokenFile(this.#path, { what: "the token", remedy }) };
  }
}

/** @param what names the content of the file in messages. @throws {TokenError} */
export async function readTokenFile(
  path: string,
  { what, remedy }: { readonly what: string; readonly remedy: string },
): Promise<string> {
  const unreadable = (reason: string) => new TokenError(`cannot read ${what} in ${path}: ${reason}`, remedy);
  let text: string;
  try {
    text = trimFile(await Deno.readTextFile(path), "token");
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw unreadable(error.message);
  }
  const fault = fileFault(text, "token");
  if (fault !== undefined) throw unreadable(`it ${fault}`);
  return text;
}
