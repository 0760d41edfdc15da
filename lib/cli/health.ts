// `rtcount health` asks a daemon whether its process works. A health probe often runs it as another user than the
// daemon's and without a login of its own. So it takes the login and the certificate from the files of the
// configuration if it may read them, and goes on without them otherwise.

import { X509Certificate } from "node:crypto";
import type { Clock } from "../async/clock.ts";
import { urlOfListener } from "../check/checker.ts";
import { isPasswordHash } from "../config/password_hash.ts";
import type { Config } from "../config/schema.ts";
import { parseHttpAddress } from "../http_client/http_address.ts";
import { HttpClient, type HttpOutcome } from "../http_client/http_client.ts";
import { JsonValue } from "../text/json_value.ts";
import { escapeUnsafe } from "../text/escape.ts";
import { UsageError } from "./command_line.ts";
import type { Io } from "./io.ts";

/** For the whole answer. */
const TIMEOUT_MS = 5_000;
const MAX_REASON_CHARACTERS = 200;

export interface HealthOptions {
  /** Undefined without a configuration. */
  readonly http: Config["http"] | undefined;
  /** Instead of the address that `http.listen` names. */
  readonly url: string | undefined;
  /** `USER:PASSWORD`, instead of the login of the configuration. */
  readonly login: string | undefined;
  /** Certificates (PEM) that are trusted beside the usual ones. */
  readonly ca: string | undefined;
  readonly clock: Clock;
}

type HealthIo = Pick<Io, "stdout" | "readTextFile" | "confine">;

/**
 * Prints one line, and returns whether the process works.
 *
 * @throws {UsageError} where the address is not known
 */
export async function askHealth(options: HealthOptions, io: HealthIo): Promise<boolean> {
  const { http, url = http && urlOfListener(http), ca, clock } = options;
  const login = options.login ?? await configuredLogin(http, io);
  const address = url === undefined ? undefined : parseHttpAddress(url, login);
  if (address === undefined) {
    throw new UsageError("http.listen takes any free port: name the daemon's address with --url");
  }
  const isOwn = options.url === undefined;
  const certificate = isOwn ? await readable(http?.tls.cert_file, io) : undefined;
  io.confine({ read: [], write: [] });
  const client = new HttpClient(address, {
    clock,
    signal: new AbortController().signal,
    timeoutMs: TIMEOUT_MS,
    ca,
    certificateFault: isOwn
      ? ownCertificateFault(certificate, { sendsLogin: address.authorization !== undefined })
      : undefined,
  });
  const outcome = await client.get("/healthz");
  io.stdout(`${address.url}: ${describeHealth(outcome)}\n`);
  return outcome.kind === "answer" && outcome.status === 200;
}

/** The rest of the line after the address. */
export function describeHealth(outcome: HttpOutcome): string {
  if (outcome.kind === "failure") return escapeUnsafe(outcome.reason);
  const { status, text } = outcome;
  if (status === 200) return "ok";
  if (status === 401) {
    return "the daemon asks for a login: --login-file names a file with USER:PASSWORD (or RTCOUNT_LOGIN)";
  }
  const reason = JsonValue.parse(text).at("error").text ?? text.trim();
  return `${status}: ${escapeUnsafe(reason.slice(0, MAX_REASON_CHARACTERS))}`;
}

/**
 * The daemon's certificate is made for the name that clients use, not for the loopback address, and its authority may be
 * unknown here. Another certificate, such as the one before a renewal, is accepted only if no password is sent.
 */
function ownCertificateFault(
  pem: string | undefined,
  { sendsLogin }: { readonly sendsLogin: boolean },
): (fingerprint: string) => string | undefined {
  return (fingerprint) => {
    if (!sendsLogin) return undefined;
    if (pem === undefined) {
      return "cannot be compared, so no password is sent: http.tls.cert_file cannot be read";
    }
    if (fingerprint === new X509Certificate(pem).fingerprint256) return undefined;
    return "is not the one in http.tls.cert_file, so no password is sent: after a renewal restart the daemon";
  };
}

async function configuredLogin(http: Config["http"] | undefined, io: HealthIo): Promise<string | undefined> {
  const { username, password_file } = http?.basic_auth ?? {};
  const password = (await readable(password_file, io))?.replace(/\r?\n$/, "");
  return password === undefined || isPasswordHash(password) ? undefined : `${username}:${password}`;
}

/** The content; undefined for no file, and for one that this user cannot read. */
async function readable(path: string | undefined, { readTextFile }: HealthIo): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readTextFile(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return undefined;
  }
}
