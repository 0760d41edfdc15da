// Asks for a password on the terminal, without an echo.

import type { Io } from "./io.ts";

/**
 * `USER:PASSWORD`, with the password from the terminal. Undefined without a terminal, and unless the address names a user
 * without a password.
 * @throws {Error} if the user gives none
 */
export async function askPassword(
  url: string | undefined,
  { terminal, stdin, stderr }: Pick<Io, "terminal" | "stdin" | "stderr">,
): Promise<string | undefined> {
  const { username = "", password = "", host = "" } = URL.parse(url ?? "") ?? {};
  if (username === "" || password !== "") return undefined;
  if (!terminal.isTerminal("stdin") || !terminal.isTerminal("stderr")) return undefined;
  const reader = stdin.getReader();
  stderr(`Password of ${username} at ${host}: `);
  terminal.setRaw(true);
  try {
    return `${decodeURIComponent(username)}:${await readTyped(reader)}`;
  } finally {
    terminal.setRaw(false);
    stderr("\n");
    reader.releaseLock();
  }
}

/** The text before Enter. In raw mode the keys that edit and end it come as characters. */
async function readTyped(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let typed: string[] = [];
  for (;;) {
    const { value } = await reader.read();
    for (const character of value === undefined ? "\x04" : decoder.decode(value, { stream: true })) {
      if (character === "\r" || character === "\n") return typed.join("");
      if (character === "\x03" || character === "\x04") throw new Error("no password was given");
      if (character === "\x7f" || character === "\b") typed.pop();
      else if (character === "\x15") typed = [];
      else typed.push(character);
    }
  }
}
