import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findMissing, formatMissing, type Need } from "../../bench/needs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NOTHING_IS_STARTED = /Nothing has been started\.\nAs root on Debian: apt-get install --yes (.*)\n$/;

const need = (packageName: string, isMet: boolean): Need => ({
  what: `the program of ${packageName}`,
  source: { packageName },
  isMet: () => Promise.resolve(isMet),
});

/** Runs a benchmark where PATH has these programs alone: each exits so, or prints this text. */
async function runWith(
  programs: Readonly<Record<string, number | string>>,
  args: readonly string[],
): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, does] of Object.entries(programs)) {
      const line = typeof does === "number" ? `exit ${does}` : `echo '${does}'`;
      await Deno.writeTextFile(join(folder, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    }
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", "--allow-all", ...args],
      cwd: ROOT,
      env: { PATH: folder },
    }).output();
    assert.equal(code, 1);
    assert.equal(stdout.length, 0);
    return new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("findMissing() returns each unmet need once", async () => {
  const missing = await findMissing([need("a", true), need("b", false), need("b", false), need("c", false)]);
  assert.deepEqual(missing.map(({ source }) => source), [{ packageName: "b" }, { packageName: "c" }]);
  assert.deepEqual(await findMissing([need("a", true)]), []);
});

Deno.test("formatMissing() names what is missing and the command that installs it", () => {
  assert.equal(
    formatMissing("deno task x", [need("b", false), need("c", false)]),
    "deno task x needs what this machine lacks: the program of b (package b), the program of c (package c). " +
      "Nothing has been started.\nAs root on Debian: apt-get install --yes b c",
  );
});

Deno.test("formatMissing() names a command for what no package has", () => {
  const other: Need = { what: "d 2", source: { command: "get d" }, isMet: () => Promise.resolve(false) };
  assert.equal(
    formatMissing("deno task x", [other, need("b", false)]),
    "deno task x needs what this machine lacks: d 2, the program of b (package b). Nothing has been started.\n" +
      "As root on Debian: apt-get install --yes b\nAs the user of the task: get d",
  );
});

Deno.test("bench ends before its first measurement without what a broker needs", async () => {
  const said = await runWith({}, ["bench/main.ts"]);
  assert.match(said, /^deno task bench needs what this machine lacks: java /);
  assert.equal(NOTHING_IS_STARTED.exec(said)?.[1], "openjdk-17-jre-headless maven");
});

Deno.test("bench:peers names what the chosen peers need, and only that", async () => {
  const broker = { java: 0, mvn: 0 };
  const rows: [programs: Record<string, number>, peers: string, packages: string][] = [
    [{}, "rtcount", "openjdk-17-jre-headless maven"],
    [{ ...broker }, "C", "gcc librdkafka-dev"],
    // The compiler fails: it does not find the header.
    [{ ...broker, gcc: 1 }, "C", "librdkafka-dev"],
    [{ ...broker, gcc: 0, python3: 1 }, "C,Kafka Streams,Python", "python3-venv openjdk-17-jdk-headless"],
  ];
  for (const [programs, peers, packages] of rows) {
    const said = await runWith(programs, ["bench/peers/main.ts", `--peers=${peers}`]);
    assert.match(said, /^deno task bench:peers needs what this machine lacks: /);
    assert.equal(NOTHING_IS_STARTED.exec(said)?.[1], packages);
  }
});

Deno.test("bench:limit ends before it writes its file without a cargo that is new enough", async () => {
  for (const cargo of [1, "cargo 0.66.0", "cargo 1.88.0 (873a06493)"]) {
    const said = await runWith({ cargo }, ["bench/limit/main.ts"]);
    assert.match(said, /^deno task bench:limit needs what this machine lacks: cargo 1.89 or later\. /);
    assert.match(said, /\nAs the user of the task: curl .*rustup.*\n$/);
  }
});
