// The programs and headers that the benchmarks need, and the commands that install them. A benchmark names all that is
// missing before it starts anything.

import { isInstalled } from "../tests/machine/machine.ts";

/** Where it comes from: a package of Debian, or a command where those packages are too old. */
type Source = { readonly packageName: string } | { readonly command: string };

export interface Need {
  /** The program, or the header. */
  readonly what: string;
  readonly source: Source;
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
    source: { packageName: "librdkafka-dev" },
    isMet: () => succeeds("gcc", ["-fsyntax-only", "-include", "librdkafka/rdkafka.h", "-xc", "/dev/null"]),
  },
];

/** The compiler of the limit: older ones do not know the instructions that it uses. */
export const CARGO: readonly Need[] = [{
  what: "cargo 1.89 or later",
  source: {
    command: "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal",
  },
  isMet: async () => {
    const [, major, minor] = /^cargo (\d+)\.(\d+)/.exec(await outputOf("cargo", ["--version"]) ?? "") ?? [];
    return Number(major) > 1 || Number(major) === 1 && Number(minor) >= 89;
  },
}];

/** A peer with packages from PyPI, in a virtual environment. */
export const PYTHON_PEER: readonly Need[] = [{
  what: "Python with venv",
  source: { packageName: "python3-venv" },
  isMet: () => succeeds("python3", ["-c", "import ensurepip, venv"]),
}];

/** Ends the program with exit code 1 if this machine lacks any of these; the message has the command that installs them. */
export async function requireAll(task: string, needs: readonly Need[]): Promise<void> {
  const missing = await findMissing(needs);
  if (missing.length === 0) return;
  console.error(formatMissing(task, missing));
  Deno.exit(1);
}

/** Returns the unmet needs, each source once. */
export async function findMissing(needs: readonly Need[]): Promise<Need[]> {
  const bySource = new Map(needs.map((need) => [nameOf(need.source), need]));
  const missing: Need[] = [];
  for (const need of bySource.values()) {
    if (!await need.isMet()) missing.push(need);
  }
  return missing;
}

export function formatMissing(task: string, missing: readonly Need[]): string {
  const names = missing.map(({ what, source }) => {
    return "packageName" in source ? `${what} (package ${source.packageName})` : what;
  });
  const sources = missing.map(({ source }) => source);
  const packages = sources.flatMap((source) => "packageName" in source ? [source.packageName] : []);
  const commands = sources.flatMap((source) => "command" in source ? [source.command] : []);
  return [
    `${task} needs what this machine lacks: ${names.join(", ")}. Nothing has been started.`,
    ...packages.length > 0 ? [`As root on Debian: apt-get install --yes ${packages.join(" ")}`] : [],
    ...commands.map((command) => `As the user of the task: ${command}`),
  ].join("\n");
}

function nameOf(source: Source): string {
  return "packageName" in source ? source.packageName : source.command;
}

function program(name: string, packageName: string): Need {
  return { what: name, source: { packageName }, isMet: () => Promise.resolve(isInstalled(name)) };
}

async function succeeds(name: string, args: readonly string[]): Promise<boolean> {
  return await outputOf(name, args) !== undefined;
}

/** The standard output; undefined for a program that is missing or fails. */
async function outputOf(name: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const command = new Deno.Command(name, { args: [...args], stdin: "null", stderr: "null" });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
