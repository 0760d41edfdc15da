// What the process may still do once it knows what it has to do. Deno takes back a right as it was given and in no other
// way: where `/` was given alone, taking back one path does nothing, but where folders were given beside it, taking back
// `/` leaves these. So deno.json gives the program `/` and its own folders, and here each of them that nothing needs is
// given up. The same holds for names of the environment. Running programs and loading libraries was never given.

import { isAbsolute, relative, resolve } from "node:path";

/** What the permission set in deno.json has: a test compares the two. */
export const RIGHTS = {
  read: ["/", "/etc/rtcount", "/var/lib/rtcount", "/run/credentials", "/run/systemd/notify"],
  write: ["/", "/var/lib/rtcount", "/run/systemd/notify"],
  /** Beside all: what packages look at whenever they like. */
  env: ["*", "KAFKAJS_*", "LOG_STREAM", "LOG_TOKENS", "NODE_*"],
} as const;

const EVERYTHING = "/";

/** The files and folders that will be used, as paths. */
export interface Needs {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/** What came of it. */
export interface Confinement {
  /** Needed outside of the program's own folders: because of these the right to all files was kept. */
  readonly reading: readonly string[];
  readonly writing: readonly string[];
  /** Could not be given up: the process was started with more than deno.json gives. */
  readonly remaining: readonly (Access | "env")[];
}

type Access = "read" | "write";

/** Gives up, for the rest of the process's life, all that is not needed. */
export function confine(needs: Needs): Confinement {
  // Before anything is given up: to make a path absolute takes the right to know the working folder.
  const used = { read: rightsFor("read", needs.read), write: rightsFor("write", needs.write) };
  const remaining = new Set<Access | "env">();
  for (const name of ["read", "write"] as const) {
    // To take back a folder takes back the right to everything, too.
    if (used[name].includes(EVERYTHING)) continue;
    for (const path of RIGHTS[name]) {
      if (!used[name].includes(path) && isStillGranted({ name, path })) remaining.add(name);
    }
  }
  if (isStillGranted({ name: "env", variable: "*" })) remaining.add("env");
  const outside = (name: Access) => needs[name].filter((_, i) => used[name][i] === EVERYTHING);
  return { reading: outside("read"), writing: outside("write"), remaining: [...remaining] };
}

function isStillGranted(right: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.revokeSync(right).state === "granted";
}

/** For each path the narrowest right that covers it. */
function rightsFor(name: Access, paths: readonly string[]): string[] {
  const [, ...own] = RIGHTS[name];
  return paths.map((path) => own.find((folder) => isWithin(resolve(path), folder)) ?? EVERYTHING);
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (!isAbsolute(way) && way.split(/[\\/]/)[0] !== "..");
}
