// Apache Kafka's jars: fetched once from Maven Central, kept in the user's cache.

import { fileURLToPath } from "node:url";
import { cachedFolder } from "../cached_folder.ts";
import { missingPrograms } from "../machine.ts";

/** The version that the tests use unless they name another. */
export const KAFKA_VERSION = "3.9.1";
/** The newest release line, for what differs between brokers. */
export const NEWEST_KAFKA_VERSION = "4.4.0";

/** Why no broker can be started here; undefined when one can. For `ignore` of the tests that start their own. */
export async function missingForKafka(): Promise<string | undefined> {
  const programs = missingPrograms("java", "mvn");
  if (programs.length > 0) return `not installed: ${programs.join(", ")}`;
  try {
    await fetchKafka(KAFKA_VERSION);
    return undefined;
  } catch (error) {
    if (error instanceof FetchError) return error.message;
    throw error;
  }
}

/** The folder that holds the jars of that version; fetches them where it does not exist yet. */
export function fetchKafka(version: string): Promise<string> {
  return cachedFolder(`kafka-${version}`, (folder) => copyDependencies(version, folder));
}

class FetchError extends Error {
  override readonly name = "FetchError";
}

async function copyDependencies(version: string, outputFolder: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command("mvn", {
    args: [
      "--quiet",
      "--batch-mode",
      `--file=${fileURLToPath(new URL("pom.xml", import.meta.url))}`,
      `-Dkafka.version=${version}`,
      "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
      "-DincludeScope=runtime",
      `-DoutputDirectory=${outputFolder}`,
    ],
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  throw new FetchError(`cannot fetch Kafka ${version} from Maven Central:\n${said}`);
}
