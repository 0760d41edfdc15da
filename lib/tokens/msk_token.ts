// The token of Amazon MSK's IAM access control: an address that is signed for a short time (Signature Version 4), which the
// broker checks with AWS. It goes to the broker by OAUTHBEARER.

import { Buffer } from "node:buffer";
import { AwsV4Signer } from "aws4fetch";
import type { AwsCredentials } from "./aws_credentials.ts";

const SERVICE = "kafka-cluster";
const ACTION = "kafka-cluster:Connect";

export interface SigningOptions {
  readonly region: string;
  readonly nowMs: number;
  readonly expiresInSeconds: number;
  /** Names the program in the cluster's logs. */
  readonly userAgent: string;
}

export async function mskToken(
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  { region, nowMs, expiresInSeconds, userAgent }: SigningOptions,
): Promise<string> {
  const url = new URL(`https://kafka.${region}.amazonaws.com/`);
  url.searchParams.set("Action", ACTION);
  url.searchParams.set("X-Amz-Expires", String(expiresInSeconds));
  const signer = new AwsV4Signer({
    method: "GET",
    url: url.href,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    service: SERVICE,
    region,
    datetime: formatSigningTime(nowMs),
    signQuery: true,
  });
  const signed = (await signer.sign()).url;
  // It is not signed.
  signed.searchParams.set("User-Agent", userAgent);
  signed.searchParams.sort();
  return Buffer.from(signed.href).toString("base64url");
}

/** `YYYYMMDDTHHMMSSZ`. */
export function formatSigningTime(ms: number): string {
  return new Date(ms).toISOString().replace(/[:-]|\.\d{3}/g, "");
}
