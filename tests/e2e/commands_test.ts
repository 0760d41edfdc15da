import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { runRtcount } from "./rtcount_process.ts";
import { withFile } from "./with_file.ts";

const VALID = "source:\n  kafka:\n    brokers: [127.0.0.1:9092]\n    topics: [raw-events]\n";
const WRONG = [
  "source:",
  "  kafka:",
  "    brokers: [127.0.0.1:9092]",
  "    topics: [raw-events]",
  "    grop: me",
  "window:",
  "  length: 5s",
  "rate: {min: 10, max: 5}",
  "tpo: 3",
  "",
].join("\n");
const WRONG_AT = [
  /^FILE:5:5: source\.kafka\.grop: .*\(did you mean "group"\?\)$/m,
  /^FILE:7:\d+: window\.length: /m,
  /^FILE:8:\d+: rate\.(min|max): /m,
  /^FILE:9:1: tpo: .*\(did you mean "top"\?\)$/m,
];

Deno.test("rtcount --version says the version", async () => {
  const { status, stdout, stderr } = await runRtcount(["--version"]);
  assert.equal(status, 0);
  assert.ok(stdout.includes(config.version), stdout);
  assert.equal(stderr, "");
});

Deno.test("rtcount --help names every command, and each has its own help", async (t) => {
  const { status, stdout } = await runRtcount(["--help"]);
  assert.equal(status, 0);
  for (const command of ["run", "demo", "count", "config"]) {
    await t.step(command, async () => {
      assert.match(stdout, new RegExp(`\\b${command}\\b`));
      const help = await runRtcount([command, "--help"]);
      assert.equal(help.status, 0, help.stderr);
      assert.match(help.stdout, new RegExp(`rtcount ${command}`));
      assert.equal(help.stderr, "");
    });
  }
});

for (
  const args of [["frobnicate"], ["run", "--frobnicate"], ["count", "--format", "xml"], ["config", "sow"]]
) {
  Deno.test(`rtcount ${args.join(" ")} ends with 2`, async () => {
    const { status, stdout, stderr } = await runRtcount(args);
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.notEqual(stderr, "");
  });
}

Deno.test("rtcount config check says ok", async () => {
  await withFile(VALID, async (file) => {
    const { status, stdout, stderr } = await runRtcount(["config", "check", file]);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: `${file}: ok\n`, stderr: "" });
  });
});

for (const command of [["config", "check"], ["config", "show"], ["run", "--config"]]) {
  Deno.test(`rtcount ${command.join(" ")} says all that is wrong and ends with 78`, async () => {
    await withFile(WRONG, async (file) => {
      const { status, stdout, stderr } = await runRtcount([...command, file]);
      assert.equal(status, 78);
      assert.equal(stdout, "");
      for (const line of WRONG_AT) assert.match(stderr.replaceAll(file, "FILE"), line);
    });
  });

  Deno.test(`rtcount ${command.join(" ")} ends with 78 where the file cannot be read`, async () => {
    const { status, stderr } = await runRtcount([...command, "/nonexistent/rtcount.yaml"]);
    assert.equal(status, 78);
    assert.match(stderr, /\/nonexistent\/rtcount\.yaml/);
  });
}

Deno.test("rtcount config show prints what it can read again", async () => {
  await withFile(VALID, async (file) => {
    const first = await runRtcount(["config", "show", file, "--set", "window.length=90s"]);
    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stdout, /length: 90s/);
    await withFile(first.stdout, async (shown) => {
      const second = await runRtcount(["config", "show", shown]);
      assert.equal(second.stdout, first.stdout);
    });
  });
});

Deno.test("rtcount config schema prints a JSON Schema", async () => {
  const { status, stdout } = await runRtcount(["config", "schema"]);
  assert.equal(status, 0);
  const schema = JSON.parse(stdout);
  assert.match(schema.$schema, /json-schema\.org/);
  assert.ok("source" in schema.properties);
});
