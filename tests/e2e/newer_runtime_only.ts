// Tests of behaviour that only Deno 2.8 and later have. An executable that runs on an older runtime (RTCOUNT_OLD_RUNTIME=1)
// cannot pass them: its run names them and does not count them as skipped.

const isOldRuntime = Deno.env.get("RTCOUNT_OLD_RUNTIME") === "1";

/** Registers the test, or says that it does not run. */
export function newerRuntimeTest(test: Deno.TestDefinition): void {
  if (isOldRuntime) console.log(`not run on this executable's runtime: ${test.name}`);
  else Deno.test(test);
}
