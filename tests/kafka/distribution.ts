// Apache Kafka's jars: fetched once from Maven Central, kept in the user's cache.

import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What the tests run on unless they say otherwise. */
export const KAFKA_VERSION = "3.9.1";
/** The newest release line, for what differs between brokers. */
export const NEWEST_KAFKA_VERSION = "4.4.0";

/** What this machine lacks to run Kafka, and how to get it; undefined when nothing. */
export async function missingForKafka(): Promise<string | undefined> {
  const missing = [];
  if (!await runs("java", "-version")) missing.push("java (openjdk-17-jre-headless)");
  if (!await runs("mvn", "--version")) missing.push("mvn (maven)");
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")}`;
}

/** The folder that holds the jars of that version; fetches them where it does not exist yet. */
export async function fetchKafka(version: string): Promise<string> {
  const cache = cacheFolder();
  const folder = join(cache, `kafka-${version}`);
  if (await exists(folder)) return folder;
  await Deno.mkdir(cache, { recursive: true });
  // Into a folder of its own first: what bears the name is whole, however many fetch it at a time.
  const unfinished = await Deno.makeTempDir({ dir: cache, prefix: "fetching-" });
  try {
    await copyDependencies(version, unfinished);
    await Deno.rename(unfinished, folder);
  } catch (error) {
    await Deno.remove(unfinished, { recursive: true });
    if (!await exists(folder)) throw error;
  }
  return folder;
}

async function copyDependencies(version: string, outputFolder: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command("mvn", {
    args: [
      "--quiet",
      "--batch-mode",
      `--file=${fileURLToPath(new URL("pom.xml", import.meta.url))}`,
      `-Dkafka.version=${version}`,
      "dependency:copy-dependencies",
      "-DincludeScope=runtime",
      `-DoutputDirectory=${outputFolder}`,
    ],
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  throw new Error(`cannot fetch Kafka ${version} from Maven Central:\n${said}`);
}

function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") || join(Deno.env.get("HOME") ?? "/tmp", ".cache");
  return join(base, "rtcount");
}

async function runs(command: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
