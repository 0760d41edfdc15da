// The settings of a group whose members combine their counts.

import { createHash } from "node:crypto";
import type { Config } from "../config/schema.ts";
import { FINGERPRINT_BYTES } from "../merge/report_format.ts";
import { snapshotIdentity } from "./snapshot_identity.ts";

/** The version of the counting rules and of the reports. Members of two versions cannot share a group. */
const VERSION = 1;
export const MERGE_PROTOCOL_PREFIX = "rtcount-merge-";

/** Two members count alike when this is the same: a hash of all settings that decide what is counted. */
export function mergeFingerprint(config: Config): Uint8Array {
  const { name, merge } = config;
  const identity = JSON.stringify([
    VERSION,
    name,
    merge.topic,
    Object.entries(snapshotIdentity(config)).sort(),
  ]);
  return createHash("sha256").update(identity).digest().subarray(0, FINGERPRINT_BYTES);
}

/** The protocol name that a member offers to the group: the coordinator refuses one that counts differently. */
export function mergeProtocol(fingerprint: Uint8Array): string {
  return MERGE_PROTOCOL_PREFIX + [...fingerprint].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
