// The facts that every package of a release shares: version, architecture, date.

import { version } from "../../lib/version.ts";

/** Debian's, Go's and OCI's name of a machine type. */
export type Architecture = "amd64" | "arm64";

export interface Release {
  readonly version: string;
  readonly architecture: Architecture;
  /** The time of everything in the packages, in seconds: two runs make the same bytes. */
  readonly epochSeconds: number;
  /** The stem of file names, as Prometheus names its archives. */
  readonly name: string;
}

const ARCHITECTURES = { x86_64: "amd64", aarch64: "arm64" } as const;

/** The release of this checkout, for the machine type that this program runs on. */
export async function readRelease(root: string): Promise<Release> {
  const architecture = ARCHITECTURES[Deno.build.arch];
  const epochSeconds = Number(Deno.env.get("SOURCE_DATE_EPOCH") ?? await commitTime(root));
  if (!Number.isSafeInteger(epochSeconds) || epochSeconds < 0) {
    throw new Error(
      `SOURCE_DATE_EPOCH is "${Deno.env.get("SOURCE_DATE_EPOCH")}", wanted whole seconds since 1970`,
    );
  }
  return { version, architecture, epochSeconds, name: `rtcount-${version}.linux-${architecture}` };
}

async function commitTime(root: string): Promise<string> {
  const { success, stdout } = await new Deno.Command("git", {
    args: ["log", "-1", "--format=%ct"],
    cwd: root,
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("git does not know the time of the commit: set SOURCE_DATE_EPOCH");
  return new TextDecoder().decode(stdout).trim();
}
