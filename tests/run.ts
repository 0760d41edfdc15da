// The test command. It installs what the tests need, starts a Kafka, runs the groups of tests one after the other, and counts.
//
// Arguments name files or folders; without any, all tests run, and those in the documentation of mod.ts. Options go to
// `deno test`, except two: --without-kafka starts no broker, and --executable names the tests that depend on the executable,
// which RTCOUNT_BIN names. The last line is `N passed, N failed, N skipped`.
// In CI (`CI=true`) a skipped test is a failure.

import { fileURLToPath } from "node:url";
import { readOutcome } from "./junit.ts";
import { type KafkaCluster, startKafka } from "./machine/kafka/broker.ts";
import { missingForKafka } from "./machine/kafka/distribution.ts";
import { installPrograms } from "./machine/machine.ts";
import { RunScope } from "./machine/run_scope.ts";
import {
  allTestFiles,
  filesNamed,
  groupOf,
  TEST_GROUPS,
  type TestGroup,
  WITH_EXECUTABLE,
} from "./test_groups.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OWN_OPTIONS = ["--without-kafka", "--executable"];
const OPTIONS = Deno.args.filter((arg) => arg.startsWith("--") && !OWN_OPTIONS.includes(arg));
const NAMED = Deno.args.filter((arg) => !arg.startsWith("--"));
const WITHOUT_KAFKA = Deno.args.includes("--without-kafka");
const EXECUTABLE_ONLY = Deno.args.includes("--executable");
/** The long forms measure, too. */
const ONE_BY_ONE = Deno.env.get("SOAK") === "1";
/** So many files of a group run side by side unless DENO_JOBS says otherwise. Live tests wait most of the time. */
const JOBS = {
  unit: navigator.hardwareConcurrency,
  live: 2 * navigator.hardwareConcurrency,
  soak: navigator.hardwareConcurrency,
} as const;
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

async function main(): Promise<number> {
  using scope = new RunScope();
  for (const [signal, exitCode] of Object.entries(EXIT_CODES)) {
    Deno.addSignalListener(signal as keyof typeof EXIT_CODES, () => {
      scope[Symbol.dispose]();
      Deno.exit(exitCode);
    });
  }
  for (const program of await installPrograms()) console.error(`missing: ${program}; its tests are skipped`);
  await using kafka = await startSharedKafka();
  if (kafka !== undefined) Deno.env.set("KAFKA_BROKERS", kafka.bootstrap);
  const files = await chosenFiles();
  let passed = 0;
  let failed = 0;
  const skipped: string[] = [];
  for (const group of TEST_GROUPS) {
    const some = files.filter((file) => groupOf(file) === group);
    if (some.length === 0) continue;
    const startMs = performance.now();
    console.log(`\n${group} tests: ${some.length} files, ${jobsOf(group)} at a time`);
    const outcome = await runFiles(some, jobsOf(group));
    console.log(`${group} tests took ${Math.round((performance.now() - startMs) / 1_000)} s`);
    passed += outcome.passed;
    failed += outcome.failed;
    skipped.push(...outcome.skipped);
  }
  await kafka?.stop();
  for (const command of scope.killAll()) console.error(`left behind by a test, and ended: ${command}`);
  for (const name of skipped) console.log(`skipped: ${name}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  const tolerated = skipped.length === 0 || Deno.env.get("CI") !== "true";
  return failed === 0 && tolerated ? 0 : 1;
}

async function chosenFiles(): Promise<readonly string[]> {
  if (NAMED.length > 0) return await filesNamed(NAMED);
  if (!EXECUTABLE_ONLY) return [...await allTestFiles(), "mod.ts"];
  if (!Deno.env.get("RTCOUNT_BIN")) throw new Error("RTCOUNT_BIN names no executable");
  return WITH_EXECUTABLE;
}

/** One broker for the whole run spares each file its own; undefined if one is given or none is available. */
async function startSharedKafka(): Promise<KafkaCluster | undefined> {
  if (WITHOUT_KAFKA || Deno.env.get("KAFKA_BROKERS") || await missingForKafka() !== undefined) {
    return undefined;
  }
  // Nobody kills this broker: silence means a busy machine.
  return await startKafka({ properties: { "broker.session.timeout.ms": "60000" } });
}

function jobsOf(group: TestGroup): number {
  if (ONE_BY_ONE || group === "alone") return 1;
  return Number(Deno.env.get("DENO_JOBS")) || JOBS[group];
}

async function runFiles(files: readonly string[], jobs: number): Promise<ReturnType<typeof readOutcome>> {
  const junitFile = await Deno.makeTempFile({ prefix: "junit-", suffix: ".xml" });
  const parallel = jobs > 1 ? ["--parallel"] : [];
  const doc = files.includes("mod.ts") ? ["--doc"] : [];
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--allow-all",
      ...parallel,
      ...doc,
      `--junit-path=${junitFile}`,
      ...OPTIONS,
      ...files,
    ],
    cwd: ROOT,
    env: { DENO_JOBS: String(jobs) },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  const outcome = readOutcome(await Deno.readTextFile(junitFile));
  // No report has what fails before a test begins: a type error, or a module that throws.
  return { ...outcome, failed: success ? 0 : Math.max(outcome.failed, 1) };
}

Deno.exitCode = await main();
