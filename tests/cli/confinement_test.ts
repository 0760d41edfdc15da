import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { GRANTED } from "../../lib/cli/confinement.ts";
import configuration from "../../deno.json" with { type: "json" };

const PROBE = fileURLToPath(new URL("./confinement_probe.ts", import.meta.url));
const MAIN_ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DENIED_ALWAYS = [
  "read the own environment",
  "run a program",
  "load a library",
  "ask for HOME",
  "list the environment",
  "ask for the host name",
  "ask for the permissions again",
];
const DENIED_READING = [
  "read /etc/shadow",
  "read /etc/hosts",
  "read by fetch",
  "read by way of an own folder",
  "list /",
  "link to /etc/shadow",
];
const DENIED_WRITING = ["write /tmp", "write /etc/rtcount", "link to /etc/shadow"];
const OWN_FOLDERS = ["/etc/rtcount/rtcount.yaml", "/var/lib/rtcount"];

interface Report {
  readonly confinement: unknown;
  readonly allowed: readonly string[];
  readonly denied: readonly string[];
  readonly failed: readonly string[];
}

/** Runs the probe with the permissions of the program, or with others. */
async function probe(
  needs: { read: readonly string[]; write: readonly string[] },
  rights = ["--permission-set=rtcount"],
): Promise<Report> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...rights, PROBE, JSON.stringify(needs)],
    cwd: MAIN_ROOT,
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout);
  assert.notEqual(text, "", decoder.decode(stderr));
  return JSON.parse(text);
}

function assertDenied(report: Report, expected: readonly string[]): void {
  assert.deepEqual([...report.denied].sort(), [...new Set(expected)].sort(), JSON.stringify(report.failed));
}

Deno.test("deno.json grants the permissions that confine() knows, and none to run or load anything", () => {
  assert.deepEqual(configuration.permissions.rtcount, { net: true, ...GRANTED, sys: ["osUptime"] });
});

Deno.test("the program is compiled and started without prompts, which could grant a permission again", () => {
  for (const task of ["demo", "compile"] as const) {
    assert.match(configuration.tasks[task].command, /--no-prompt --permission-set=rtcount /);
  }
});

Deno.test("the executable loads no compiled code from a file that others may write", () => {
  assert.match(configuration.tasks.compile.command, / --no-code-cache /);
});

Deno.test("confine() leaves the folders that are needed, the network, and nothing else", async () => {
  const report = await probe({ read: OWN_FOLDERS, write: ["/var/lib/rtcount"] });
  assertDenied(report, [...DENIED_ALWAYS, ...DENIED_READING, ...DENIED_WRITING]);
  assert.deepEqual(report.allowed, ["read an own folder", "connect", "ask for KAFKAJS_LOG_LEVEL"]);
  assert.deepEqual(report.confinement, { reading: [], writing: [], remaining: [] });
});

Deno.test("confine() leaves no folder where nothing is needed", async () => {
  const report = await probe({ read: [], write: [] });
  assertDenied(report, [...DENIED_ALWAYS, ...DENIED_READING, ...DENIED_WRITING, "read an own folder"]);
});

Deno.test("confine() keeps the permission to read all files for a file elsewhere, and drops all others", async () => {
  const read = [...OWN_FOLDERS, "/etc/rtcountX/words", "/etc/rtcount/../passwd", "relative"];
  const report = await probe({ read, write: [] });
  assertDenied(report, [...DENIED_ALWAYS, ...DENIED_WRITING]);
  assert.deepEqual(report.confinement, { reading: read.slice(2), writing: [], remaining: [] });
});

Deno.test("confine() returns the permissions that it cannot drop", async () => {
  const { confinement, allowed } = await probe({ read: [], write: [] }, [
    "--allow-read",
    "--allow-env",
    "--allow-net",
  ]);
  assert.deepEqual(confinement, { reading: [], writing: [], remaining: ["read", "env"] });
  assert.ok(allowed.includes("read /etc/hosts"));
});
