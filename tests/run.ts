// The test command: brings what the tests need, runs them, and counts. Arguments name files or folders; without any
// it is all tests, those in the documentation of mod.ts included; --without-kafka before them spares a broker that none
// of them needs. Its last line is `N passed, N failed, N skipped`. In CI (`CI=true`) a skipped test is a failure.

import { fileURLToPath } from "node:url";
import { type KafkaCluster, startKafka } from "./machine/kafka/broker.ts";
import { missingForKafka } from "./machine/kafka/distribution.ts";
import { installPrograms } from "./machine/machine.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const WITHOUT_KAFKA = Deno.args[0] === "--without-kafka";
const NAMED = WITHOUT_KAFKA ? Deno.args.slice(1) : Deno.args;

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
}

async function main(): Promise<number> {
  for (const program of await installPrograms()) console.error(`missing: ${program}; its tests are skipped`);
  await using kafka = await startSharedKafka();
  const junitFile = await Deno.makeTempFile({ prefix: "rtcount-tests-", suffix: ".xml" });
  try {
    const success = await runTests({ junitFile, kafkaBrokers: kafka?.bootstrap });
    const outcome = readOutcome(await Deno.readTextFile(junitFile));
    // What fails before a test begins (a type error, a throwing module) is in no report.
    const failed = success ? 0 : Math.max(outcome.failed, 1);
    for (const name of outcome.skipped) console.log(`skipped: ${name}`);
    console.log(`${outcome.passed} passed, ${failed} failed, ${outcome.skipped.length} skipped`);
    const tolerated = outcome.skipped.length === 0 || Deno.env.get("CI") !== "true";
    return failed === 0 && tolerated ? 0 : 1;
  } finally {
    await Deno.remove(junitFile);
  }
}

/** One broker for the whole run spares each file its own; undefined where one is given or none can be had. */
async function startSharedKafka(): Promise<KafkaCluster | undefined> {
  if (WITHOUT_KAFKA || Deno.env.get("KAFKA_BROKERS") || await missingForKafka() !== undefined) {
    return undefined;
  }
  return await startKafka();
}

async function runTests(options: { junitFile: string; kafkaBrokers: string | undefined }): Promise<boolean> {
  const { junitFile, kafkaBrokers } = options;
  const what = NAMED.length > 0 ? NAMED : ["--doc", "tests", "mod.ts"];
  const sanitizers = ["--sanitize-ops", "--sanitize-resources"];
  // Ctrl-C reaches the tests too; when they have ended for it, what was started here is stopped as ever.
  const outlive = () => {};
  Deno.addSignalListener("SIGINT", outlive);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", ...sanitizers, `--junit-path=${junitFile}`, ...what],
    cwd: ROOT,
    env: kafkaBrokers === undefined ? {} : { KAFKA_BROKERS: kafkaBrokers },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  Deno.removeSignalListener("SIGINT", outlive);
  return success;
}

/** Counts the test cases of a JUnit report, steps included. */
function readOutcome(junit: string): Outcome {
  const skipped: string[] = [];
  let passed = 0;
  let failed = 0;
  for (const [, name, result] of junit.matchAll(/<testcase name="([^"]*)"[^>]*>(.*?)<\/testcase>/gs)) {
    if (result.includes("<skipped/>")) skipped.push(unescapeXml(name));
    else if (/<(?:failure|error)\b/.test(result)) failed++;
    else passed++;
  }
  return { passed, failed, skipped };
}

function unescapeXml(text: string): string {
  return text.replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll("&quot;", '"').replaceAll(
    "&amp;",
    "&",
  );
}

Deno.exitCode = await main();
