// Settings and files that are allowed, but expose something or do not work. A start logs them.

import { parseHttpAddress } from "../http_client/http_address.ts";
import { isLoopback, splitAddress } from "../text/address.ts";
import type { KeyProblem } from "./config_error.ts";
import type { ConfigFile } from "./config_file.ts";
import { parseCertificates } from "./pem.ts";
import type { Config } from "./schema.ts";

const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;
/** In a sticky folder only its owner replaces a file. */
const STICKY = 0o1000;

export function settingHints({ http, source: { kafka } }: Config): KeyProblem[] {
  const hints: KeyProblem[] = [];
  const isOpen = !isLoopback(splitAddress(http.listen).host) && http.tls.cert_file === undefined;
  if (isOpen && http.basic_auth.username !== undefined) {
    hints.push({ key: "http.basic_auth", message: "sends the password in plain text: enable http.tls" });
  }
  if (kafka === undefined) return hints;
  const { tls, sasl: { mechanism, oauth } } = kafka;
  const endpoint = oauth && parseHttpAddress(oauth.token_url);
  if (endpoint?.url.startsWith("http:") && !isLoopback(endpoint.host)) {
    const message = "sends the client's secret in plain text: use an https address";
    hints.push({ key: "source.kafka.sasl.oauth.token_url", message });
  }
  if (tls.enabled && !tls.verify) {
    const message = "is false, so any server passes for a broker and gets the login: set it to true";
    hints.push({ key: "source.kafka.tls.verify", message });
  }
  if (!tls.enabled && (mechanism === "plain" || mechanism === "oauthbearer" || mechanism === "aws-msk-iam")) {
    const secret = mechanism === "plain" ? "password" : "token";
    const message = `sends the ${secret} in plain text: set source.kafka.tls.enabled to true`;
    hints.push({ key: "source.kafka.sasl", message });
  }
  return hints;
}

/** @param nowMs without it certificates are valid at any time */
export function fileHints(files: readonly ConfigFile[], nowMs: number | undefined): KeyProblem[] {
  return files.flatMap(({ key, path, content, text, mode = 0 }) => {
    const isOwn = key.endsWith(".cert_file");
    const faults = [
      isOwn && nowMs !== undefined ? validityFault(text, nowMs) : undefined,
      (mode & OTHERS_WRITE) !== 0
        ? "can be changed by every user of this machine: use chmod 640"
        : content !== "certificates" && content !== "schema" && (mode & OTHERS_READ) !== 0
        ? "can be read by every user of this machine, and holds a secret: use chmod 640"
        : undefined,
    ];
    return faults.filter((fault) => fault !== undefined).map((fault) => ({
      key,
      message: `${path} ${fault}`,
    }));
  });
}

/** The hint for a file with these permission bits in a folder with those. */
export function writableHint(mode = 0, folderMode = 0): KeyProblem | undefined {
  if ((mode & OTHERS_WRITE) !== 0) {
    return { key: "", message: "every user of this machine can change this file: use chmod o-w" };
  }
  if ((folderMode & (OTHERS_WRITE | STICKY)) !== OTHERS_WRITE) return undefined;
  return {
    key: "",
    message: "every user of this machine can replace this file: use chmod o-w on its folder",
  };
}

/** The hint for a state.dir with these permission bits. */
export function stateHint(mode = 0): KeyProblem | undefined {
  if ((mode & OTHERS_WRITE) === 0) return undefined;
  const message = "every user of this machine can put a snapshot there: use a folder of its own";
  return { key: "state.dir", message };
}

/** A restart must not fail for a date: clients that accept the certificate are served. */
function validityFault(text: string, nowMs: number): string | undefined {
  const [{ validFrom, validTo }] = parseCertificates(text);
  const [from, to] = [validFrom, validTo].map((time) => Date.parse(time));
  const now = new Date(nowMs).toISOString();
  if (to < nowMs) {
    return `expired at ${
      new Date(to).toISOString()
    }, and now it is ${now}: the other side refuses it, renew it`;
  }
  if (from <= nowMs) return undefined;
  return `is not valid before ${new Date(from).toISOString()}, and the clock of this machine says ${now}: ` +
    "the other side refuses it, correct the clock or the certificate";
}
