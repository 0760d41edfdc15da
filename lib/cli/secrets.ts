// Logins and certificates for the servers that a command asks. They come from files or from the environment, because
// `ps` shows the command line to every user.

import type { Io } from "./io.ts";

type Options = Readonly<Record<string, readonly string[]>>;
type Source = Pick<Io, "env" | "readTextFile">;

/** `USER:PASSWORD` from the file that the option names, or from the variable. */
export async function readLogin(
  options: Options,
  { option, variable, io }: { readonly option: string; readonly variable: string; readonly io: Source },
): Promise<string | undefined> {
  const [file] = options[option] ?? [];
  const login = file === undefined ? io.env(variable) : (await read(io, option, file)).replace(/\r?\n$/, "");
  // The message does not repeat the text: it may be a password.
  if (login?.includes(":") === false) {
    throw new Error(`${file ?? variable} has no login for --${option}, wanted USER:PASSWORD`);
  }
  return login;
}

/** The certificates (PEM) that `--ca-file` or DENO_CERT names. */
export async function readCa(options: Options, io: Source): Promise<string | undefined> {
  const file = options["ca-file"]?.[0] ?? io.env("DENO_CERT");
  return file === undefined ? undefined : await read(io, "ca-file", file);
}

async function read({ readTextFile }: Source, option: string, file: string): Promise<string> {
  try {
    return await readTextFile(file);
  } catch (cause) {
    throw new Error(`cannot read ${file} for --${option}`, { cause });
  }
}
