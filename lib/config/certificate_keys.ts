// The configuration keys for files with certificates and private keys, which several sections share.

import type { z } from "zod";
import { filePath } from "./key.ts";

type FileKey = z.ZodOptional<z.ZodString>;

/** The key `ca_file`. `signed` names the certificates, with their article. */
export function caFile(signed: string): FileKey {
  return filePath("certificates").optional().describe(
    `The authorities that sign ${signed}, as PEM. Empty: the authorities that browsers trust.`,
  );
}

/** The key `cert_file` of a client. */
export function clientCertFile(): FileKey {
  return filePath("certificates").optional().describe(
    "The client certificate with its chain, as PEM. It needs key_file.",
  );
}

/** The key `key_file`, beside a key `cert_file`. */
export function keyFile(): FileKey {
  return filePath("private key").optional().describe(
    "The private key of cert_file, as PEM without a passphrase.",
  );
}
