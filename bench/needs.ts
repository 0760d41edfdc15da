// The programs and headers that the benchmarks need, and the Debian packages that have them. A benchmark names all that is
// missing before it starts anything.

import { isInstalled } from "../tests/machine/machine.ts";

export interface Need {
  /** The program, or the header. */
  readonly what: string;
  /** The Debian package that has it. */
  readonly packageName: string;
  isMet(): Promise<boolean>;
}

/** A broker: Java runs it, and Maven fetches its jars. */
export const KAFKA: readonly Need[] = [
  program("java", "openjdk-17-jre-headless"),
  program("mvn", "maven"),
];

export const KCAT: readonly Need[] = [program("kcat", "kcat")];

/** A peer that Maven compiles. */
export const JAVA_PEER: readonly Need[] = [...KAFKA, program("javac", "openjdk-17-jdk-headless")];

export const C_PEER: readonly Need[] = [
  program("gcc", "gcc"),
  {
    what: "librdkafka/rdkafka.h",
    packageName: "librdkafka-dev",
    isMet: () => succeeds("gcc", ["-fsyntax-only", "-include", "librdkafka/rdkafka.h", "-xc", "/dev/null"]),
  },
];

/** A peer with packages from PyPI, in a virtual environment. */
export const PYTHON_PEER: readonly Need[] = [{
  what: "Python with venv",
  packageName: "python3-venv",
  isMet: () => succeeds("python3", ["-c", "import ensurepip, venv"]),
}];

/** Ends the program with exit code 1 if this machine lacks any of these; the message has the command that installs them. */
export async function requireAll(task: string, needs: readonly Need[]): Promise<void> {
  const missing = await findMissing(needs);
  if (missing.length === 0) return;
  console.error(formatMissing(task, missing));
  Deno.exit(1);
}

/** Returns the unmet needs, each package once. */
export async function findMissing(needs: readonly Need[]): Promise<Need[]> {
  const byPackage = new Map(needs.map((need) => [need.packageName, need]));
  const missing: Need[] = [];
  for (const need of byPackage.values()) {
    if (!await need.isMet()) missing.push(need);
  }
  return missing;
}

export function formatMissing(task: string, missing: readonly Need[]): string {
  const names = missing.map(({ what, packageName }) => `${what} (package ${packageName})`);
  const packages = missing.map(({ packageName }) => packageName);
  return `${task} needs what this machine lacks: ${names.join(", ")}. Nothing has been started.\n` +
    `As root on Debian: apt-get install --yes ${packages.join(" ")}`;
}

function program(name: string, packageName: string): Need {
  return { what: name, packageName, isMet: () => Promise.resolve(isInstalled(name)) };
}

async function succeeds(name: string, args: readonly string[]): Promise<boolean> {
  try {
    const command = new Deno.Command(name, {
      args: [...args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    return (await command.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
