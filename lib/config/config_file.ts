// Files that a configuration names and that are read with it: certificates, keys, passwords, tokens, schemas.

import type { KeyProblem } from "./config_error.ts";
import type { FileContent } from "./key.ts";
import { passwordFault } from "./password_hash.ts";
import { certificateFault, isPair, privateKeyFault } from "./pem.ts";

/** A file that a configuration names. */
export interface ConfigFile {
  /** The key that names it, such as `source.kafka.sasl.password_file`. */
  readonly key: string;
  /** The path as written. */
  readonly path: string;
  /** The kind of its content. */
  readonly content: FileContent;
  /** The content. A password or a token is without the line end that editors add. */
  readonly text: string;
  /** The permission bits, as chmod sets them. */
  readonly mode: number | undefined;
}

const ONE_LINE: ReadonlySet<FileContent> = new Set(["password", "password or hash", "token"]);

export function trimFile(text: string, content: FileContent): string {
  return ONE_LINE.has(content) ? text.replace(/\r?\n$/, "") : text;
}

/** The end of the sentence "FILE …"; undefined where the content is right. */
export function fileFault(text: string, content: FileContent): string | undefined {
  if (content === "certificates") return certificateFault(text);
  if (content === "private key") return privateKeyFault(text);
  // Its format says more, see schema_file.ts.
  if (content === "schema") return undefined;
  if (text === "") return "is empty";
  if (/[\r\n]/.test(text)) return "has more than one line, wanted one";
  return content === "password or hash" ? passwordFault(text) : undefined;
}

/** Keys that do not belong to their certificates. */
export function keyFaults(files: readonly ConfigFile[]): KeyProblem[] {
  const texts = new Map(files.map(({ key, text }) => [key, text]));
  return files.flatMap(({ key, path, content, text }) => {
    const certificateKey = key.replace(/key_file$/, "cert_file");
    const certificates = texts.get(certificateKey);
    if (content !== "private key" || certificates === undefined || isPair({ certificates, key: text })) {
      return [];
    }
    return [{ key, message: `${path} is not the key of the first certificate in ${certificateKey}` }];
  });
}

/** The content of the file that a key names; undefined where it names none. */
export function textOf(
  key: string,
  path: string | undefined,
  files: readonly ConfigFile[],
): string | undefined {
  if (path === undefined) return undefined;
  const file = files.find((file) => file.key === key);
  if (file === undefined) throw new Error(`${key}: ${path} has not been read with the configuration`);
  return file.text;
}
