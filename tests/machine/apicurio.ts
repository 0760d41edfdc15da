// Apicurio Registry, a real schema registry: fetched once from Maven Central, kept in the user's cache. It keeps its schemas in
// memory, and has Confluent's interface below a path of its own.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { cachedFolder } from "./cached_folder.ts";
import { freePorts } from "./free_ports.ts";

/** The last line of releases that runs on Java 17. */
const VERSION = "2.6.13.Final";
const ARTIFACT = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`;
const ARCHIVE = `apicurio-registry-app-${VERSION}-all.tar.gz`;
const SHA_256 = "3cda1b34aa020fb4ac4dd6a66018d757e81e437f97e20a1f92d366b70091c6ba";
const START_TIMEOUT_MS = 180_000;
const POLL_MS = 100;

export interface Apicurio {
  /** The address of Confluent's interface. */
  readonly url: string;
  /** Ends it at once. */
  stop(): void;
}

/** Starts a registry, and waits until it serves. It needs Java, Maven and tar. */
export async function startApicurio(): Promise<Apicurio> {
  const folder = await fetchApicurio();
  const [port] = freePorts(1);
  const logFile = await Deno.makeTempFile({ prefix: "rtcount-apicurio-", suffix: ".log" });
  // The shell is there for the log file alone; by `exec` the process id is Java's.
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      `log=$1; shift; exec "$@" >"$log" 2>&1`,
      "sh",
      logFile,
      "java",
      "-Xmx512m",
      "-XX:TieredStopAtLevel=1",
      "-Dquarkus.http.host=127.0.0.1",
      `-Dquarkus.http.port=${port}`,
      "-jar",
      join(folder, `apicurio-registry-app-${VERSION}-runner.jar`),
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let isRunning = true;
  child.status.then(() => isRunning = false);
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const stop = () => {
    if (isRunning) child.kill("SIGKILL");
    Deno.removeSync(logFile);
  };
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (!await serves(url)) {
    if (!isRunning || Date.now() > deadlineMs) {
      const log = await Deno.readTextFile(logFile);
      stop();
      throw new Error(`Apicurio ${isRunning ? "does not serve" : "ended"} at ${url}:\n${log.slice(-4_000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { url, stop };
}

/** The folder that holds its jars; fetches them where it does not exist yet. */
function fetchApicurio(): Promise<string> {
  return cachedFolder(`apicurio-${VERSION}`, async (folder) => {
    await run("mvn", [
      "--quiet",
      "--batch-mode",
      "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy",
      `-Dartifact=${ARTIFACT}`,
      `-DoutputDirectory=${folder}`,
    ]);
    const archive = join(folder, ARCHIVE);
    const found = createHash("sha256").update(await Deno.readFile(archive)).digest("hex");
    if (found !== SHA_256) throw new Error(`${ARCHIVE} has the SHA-256 ${found}, wanted ${SHA_256}`);
    await run("tar", ["--extract", "--gzip", `--file=${archive}`, `--directory=${folder}`]);
    await Deno.remove(archive);
  });
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  if (success) return;
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  throw new Error(`${program} ${args.join(" ")}:\n${said}`);
}

async function serves(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/schemas/types`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // it does not listen yet: the caller looks again, and gives up with its log
  }
}
