// Runs scripts on a live systemd. Each script has a Debian container of its own, which goes with it. The tool that
// NSPAWN_TEST names boots the container, and makes the root file system if there is none yet.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "./cache_folder.ts";
import { missingPrograms } from "./machine.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TOOL = Deno.env.get("NSPAWN_TEST");
const TIMEOUT_SECONDS = 600;

/** The packages of each kind of container, beside those that Debian needs. */
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

/** Says why no container can run here; undefined if one can. */
export function missingForContainers(): string | undefined {
  if (Deno.build.os !== "linux") return "this takes Linux";
  if (Deno.uid() !== 0) return "this takes root";
  const programs = missingPrograms("debootstrap", "systemd-nspawn");
  if (programs.length > 0) return `not installed: ${programs.join(", ")}`;
  return TOOL === undefined ? "NSPAWN_TEST names no tool that boots a container" : undefined;
}

export interface ContainerOptions {
  readonly system: System;
  /** The executable, at /src/rtcount. */
  readonly binary?: string;
  /** `PATH:PLACE` of more files that the script reads. */
  readonly binds?: readonly string[];
  /** Its arguments. */
  readonly args?: readonly string[];
  /** A folder for files that the script and its caller exchange: /mnt/nst/out inside. */
  readonly exchange?: string;
  /** Whether the script sees the ports of this machine's loopback instead of its own. */
  readonly sharesNetwork?: boolean;
}

/** Runs a script as root. It finds the files that install.sh installs in /src. */
export async function runInContainer(script: string, options: ContainerOptions): Promise<Ended> {
  const { system, binary, binds = [], args = [], exchange, sharesNetwork = false } = options;
  if (TOOL === undefined) throw new Error("NSPAWN_TEST is not set");
  const sources = ["systemd", "monitoring", "tests/systemd"].map((path) =>
    `${join(ROOT, path)}:/src/${path}`
  );
  const { code, stdout, stderr } = await new Deno.Command(TOOL, {
    args: [join(cacheFolder(), `debian-12-${system}`), script, ...args],
    env: {
      NST_SUITE: "bookworm",
      NST_INCLUDE: SYSTEMS[system].join(","),
      NST_BIND: [...sources, ...(binary === undefined ? [] : [`${binary}:/src/rtcount`]), ...binds].join(" "),
      NST_NET: sharesNetwork ? "host" : "private",
      ...(exchange === undefined ? {} : { NST_OUT: exchange }),
      NST_TIMEOUT: String(TIMEOUT_SECONDS),
    },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { status: code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** Makes the root file systems that do not exist yet. */
export async function makeSystems(): Promise<void> {
  const script = await Deno.makeTempFile({ prefix: "rtcount-container-" });
  await Deno.writeTextFile(script, "#!/bin/sh\ntrue\n");
  for (const system of Object.keys(SYSTEMS).filter(isSystem)) {
    const { status, output } = await runInContainer(script, { system });
    if (status !== 0) throw new Error(`the container ${system} does not run:\n${output}`);
  }
  await Deno.remove(script);
}
