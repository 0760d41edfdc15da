// Drops the permissions that the process does not need once its configuration is known. Deno revokes a permission only as
// it was granted: revoking a path below a granted `/` does nothing, but revoking `/` keeps folders granted beside it. So
// deno.json grants `/` and the program's own folders, and this drops each of them that is not needed. Names of the
// environment work alike. Permissions to run programs and to load libraries are never granted.

import { isAbsolute, relative, resolve } from "node:path";

/** The permission set in deno.json. A test compares the two. */
export const GRANTED = {
  read: ["/", "/etc/rtcount", "/var/lib/rtcount", "/run/credentials", "/run/systemd/notify"],
  write: ["/", "/var/lib/rtcount", "/run/systemd/notify"],
  /** Packages read the names beside `*` at any time. */
  env: ["*", "KAFKAJS_*", "LOG_STREAM", "LOG_TOKENS", "NODE_*"],
} as const;

const EVERYTHING = "/";

/** Paths of the files and folders that will be used. */
export interface Needs {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

export interface Confinement {
  /** Paths outside of the program's own folders. For these the permission for all files is kept. */
  readonly reading: readonly string[];
  readonly writing: readonly string[];
  /** Permissions that cannot be dropped: the process was started with more than deno.json grants. */
  readonly remaining: readonly (Access | "env")[];
}

type Access = "read" | "write";

/** Drops what is not needed, until the process ends. */
export function confine(needs: Needs): Confinement {
  // This comes first: making a path absolute needs the permission to know the working folder.
  const used = { read: grantsFor("read", needs.read), write: grantsFor("write", needs.write) };
  const remaining = new Set<Access | "env">();
  for (const name of ["read", "write"] as const) {
    // Revoking a folder also revokes `/`.
    if (used[name].includes(EVERYTHING)) continue;
    for (const path of GRANTED[name]) {
      if (!used[name].includes(path) && isStillGranted({ name, path })) remaining.add(name);
    }
  }
  if (isStillGranted({ name: "env", variable: "*" })) remaining.add("env");
  const outside = (name: Access) => needs[name].filter((_, i) => used[name][i] === EVERYTHING);
  return { reading: outside("read"), writing: outside("write"), remaining: [...remaining] };
}

function isStillGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.revokeSync(permission).state === "granted";
}

/** The narrowest granted path that covers each path. */
function grantsFor(name: Access, paths: readonly string[]): string[] {
  const [, ...own] = GRANTED[name];
  return paths.map((path) => own.find((folder) => isWithin(resolve(path), folder)) ?? EVERYTHING);
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (!isAbsolute(way) && way.split("/")[0] !== "..");
}
