// A file that a configuration names and that is read with it: certificates, a key, a password.

import type { FileContent } from "./key.ts";
import { whyNoPasswordOrHash } from "./password_hash.ts";
import { isPair, parseCertificates, whyNoCertificates, whyNoPrivateKey } from "./pem.ts";

export interface ConfigFile {
  /** The key that names it, such as `source.kafka.sasl.password_file`. */
  readonly key: string;
  readonly path: string;
  readonly content: FileContent;
  /** A password or a token without the line end that an editor leaves. */
  readonly text: string;
  /** Who may do what, as chmod has it; undefined where there is no such thing. */
  readonly mode: number | undefined;
}

const OTHERS = 0o006;
/** What is shown to clients; of the certificates that are shown to brokers these can tell. */
const OWN_CERTIFICATE = "http.tls.cert_file";
const ONE_LINE: ReadonlySet<FileContent> = new Set(["password", "password or hash", "token"]);

/** The text as it is used. */
export function trimFile(text: string, content: FileContent): string {
  return ONE_LINE.has(content) ? text.replace(/\r?\n$/, "") : text;
}

/** Ends the sentence "FILE …"; undefined where it holds what it should. */
export function whyUnfit(text: string, content: FileContent): string | undefined {
  switch (content) {
    case "certificates":
      return whyNoCertificates(text);
    case "private key":
      return whyNoPrivateKey(text);
    case "password or hash":
      return whyNotOneLine(text) ?? whyNoPasswordOrHash(text);
    case "password":
    case "token":
      return whyNotOneLine(text);
  }
}

function whyNotOneLine(text: string): string | undefined {
  if (text === "") return "is empty";
  return /[\r\n]/.test(text) ? "has more than one line, wanted one" : undefined;
}

/** Keys whose certificate no client would take now. */
export function outdatedAmong(
  files: readonly ConfigFile[],
  nowMs: number,
): { readonly key: string; readonly message: string }[] {
  return files.filter(({ key }) => key === OWN_CERTIFICATE).flatMap(({ key, path, text }) => {
    const [{ validFrom, validTo }] = parseCertificates(text);
    const now = new Date(nowMs).toISOString();
    if (Date.parse(validTo) < nowMs) return [{ key, message: `${path} ran out at ${validTo}; it is ${now}` }];
    if (Date.parse(validFrom) <= nowMs) return [];
    return [{
      key,
      message: `${path} is not valid before ${validFrom}; by the clock of this machine it is ${now}`,
    }];
  });
}

/** Keys whose file is no key of the certificate beside it. */
export function strangersAmong(
  files: readonly ConfigFile[],
): { readonly key: string; readonly message: string }[] {
  const texts = new Map(files.map((file) => [file.key, file.text]));
  return files.filter(({ content }) => content === "private key").flatMap(({ key, path }) => {
    const certificateKey = key.replace(/key_file$/, "cert_file");
    const certificates = texts.get(certificateKey);
    if (certificates === undefined || isPair({ certificates, key: texts.get(key) ?? "" })) return [];
    return [{ key, message: `${path} is not the key of the first certificate in ${certificateKey}` }];
  });
}

/** Secrets that every user of the machine can read or change. */
export function exposed(files: readonly ConfigFile[]): ConfigFile[] {
  return files.filter(({ content, mode = 0 }) => content !== "certificates" && (mode & OTHERS) !== 0);
}

/** What the file that a key names holds; undefined where it names none. */
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
