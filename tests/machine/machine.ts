// Finds the programs that the tests use, and installs the Debian packages of those that the machine lacks.

import { delimiter, join } from "node:path";

const PACKAGES = {
  bash: "bash",
  curl: "curl",
  chromium: "chromium",
  debootstrap: "debootstrap",
  fish: "fish",
  java: "openjdk-17-jre-headless",
  kcat: "kcat",
  man: "man-db",
  mandoc: "mandoc",
  mvn: "maven",
  openssl: "openssl",
  prometheus: "prometheus",
  "prometheus-node-exporter": "prometheus-node-exporter",
  promtool: "prometheus",
  python3: "python3-venv",
  rpm: "rpm",
  runc: "runc",
  umoci: "umoci",
  wrk: "wrk",
  shellcheck: "shellcheck",
  "systemd-nspawn": "systemd-container",
  tmux: "tmux",
  zsh: "zsh",
} as const;

export type Program = keyof typeof PACKAGES;

const ALL = Object.keys(PACKAGES) as Program[];

/** Returns those of the programs that this machine lacks. For `ignore` of the tests that need them. */
export function missingPrograms(...programs: Program[]): Program[] {
  return programs.filter((program) => !isInstalled(program));
}

export function isInstalled(program: string): boolean {
  // debootstrap is in /usr/sbin, which PATH may leave out.
  const folders = [...(Deno.env.get("PATH") ?? "").split(delimiter), "/usr/sbin"];
  return folders.some((folder) => isFile(join(folder, program)));
}

/** Installs the missing programs if this is Debian and the user is root. Returns those still missing, with their packages. */
export async function installPrograms(): Promise<string[]> {
  const packages = missingPrograms(...ALL).map((program) => PACKAGES[program]);
  if (packages.length > 0 && isFile("/etc/debian_version") && Deno.uid() === 0) {
    await aptGet("update");
    await aptGet("install", "--yes", "--no-install-recommends", ...packages);
  }
  return missingPrograms(...ALL).map((program) => `${program} (package ${PACKAGES[program]})`);
}

async function aptGet(...args: string[]): Promise<void> {
  // Two runs may begin at the same time, and apt-get fails where another one is at work.
  const { success, stdout, stderr } = await new Deno.Command("flock", {
    args: ["/var/lock/rtcount-tests-apt", "apt-get", "-qq", ...args],
    env: { DEBIAN_FRONTEND: "noninteractive" },
  }).output();
  const decoder = new TextDecoder();
  if (!success) {
    console.error(`apt-get ${args.join(" ")}:\n${decoder.decode(stdout)}${decoder.decode(stderr)}`);
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}
