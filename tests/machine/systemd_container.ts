// Scripts on a live systemd: each in a Debian of its own, which is gone with it. What boots it is a tool that stands
// beside this repository or is named by NSPAWN_TEST; it makes the root file system where there is none yet.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "./cache_folder.ts";
import { missingPrograms } from "./machine.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TOOL = Deno.env.get("NSPAWN_TEST") ?? join(ROOT, "../shared/tools/nspawn-test");
const TIMEOUT_SECONDS = 300;

/** A Debian with more than the least, by name: its packages. */
const SYSTEMS = { bare: [], prometheus: ["prometheus", "prometheus-node-exporter"] } as const;

export type System = keyof typeof SYSTEMS;

export function isSystem(name: string): name is System {
  return Object.hasOwn(SYSTEMS, name);
}

export interface Ended {
  readonly status: number;
  /** Both streams. */
  readonly output: string;
}

/** Why no container can be had here; undefined when one can. */
export function missingForContainers(): string | undefined {
  if (Deno.build.os !== "linux") return "this takes Linux";
  if (Deno.uid() !== 0) return "this takes root";
  const programs = missingPrograms("debootstrap", "systemd-nspawn");
  if (programs.length > 0) return `not installed: ${programs.join(", ")}`;
  try {
    Deno.statSync(TOOL);
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `${TOOL} is not there; NSPAWN_TEST names another`;
    throw error;
  }
}

/** Runs a script as root; it finds what install.sh installs below /src, and the programs of `binds` where they say. */
export async function runInContainer(
  script: string,
  options: { readonly system: System; readonly binary: string; readonly binds?: readonly string[] },
): Promise<Ended> {
  const { system, binary, binds = [] } = options;
  const sources = ["systemd", "monitoring", "tests/systemd"].map((path) =>
    `${join(ROOT, path)}:/src/${path}`
  );
  const { code, stdout, stderr } = await new Deno.Command(TOOL, {
    args: [join(cacheFolder(), `debian-12-${system}`), script],
    env: {
      NST_SUITE: "bookworm",
      NST_INCLUDE: SYSTEMS[system].join(","),
      NST_BIND: [...sources, `${binary}:/src/rtcount`, ...binds].join(" "),
      NST_TIMEOUT: String(TIMEOUT_SECONDS),
    },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { status: code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}
