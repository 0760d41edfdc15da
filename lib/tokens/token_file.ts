// Tokens in a file, which another program renews. The file is read at each login.

import { fileFault, trimFile } from "../config/config_file.ts";
import type { BearerToken, TokenSource } from "../kafka/connection/broker_security.ts";

export class TokenFile implements TokenSource {
  readonly subject: string;
  readonly #path: string;

  constructor(path: string) {
    this.subject = `the token in ${path}`;
    this.#path = path;
  }

  async token(): Promise<BearerToken> {
    try {
      return { value: await readTokenFile(this.#path) };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new Error(`cannot read ${this.subject}: ${error.message}`, { cause: error });
    }
  }
}

/** @throws {Error} that says what is wrong with the file, or why it cannot be read */
export async function readTokenFile(path: string): Promise<string> {
  const text = trimFile(await Deno.readTextFile(path), "token");
  const fault = fileFault(text, "token");
  if (fault !== undefined) throw new Error(`it ${fault}`);
  return text;
}
