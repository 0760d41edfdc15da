// Tests the service on a live systemd. Each script of cases/ is a test; its first comment is the test's name. The scripts
// need root and take minutes, so only `deno task test:systemd` runs them.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { missingPrograms } from "../machine/machine.ts";
import { isSystem, missingForContainers, runInContainer, type System } from "../machine/systemd_container.ts";
import { executable } from "./executable.ts";

const ROOT = new URL("../../", import.meta.url);
const CASES = new URL("cases/", import.meta.url);

interface Case {
  readonly name: string;
  readonly file: string;
  readonly system: System;
}

function readCases(): Case[] {
  const files = [...Deno.readDirSync(CASES)].map((entry) => fileURLToPath(new URL(entry.name, CASES))).sort();
  return files.map((file) => {
    const text = Deno.readTextFileSync(file);
    const name = /^#!.*\n# (.+)$/m.exec(text)?.[1];
    const system = /^# on: (.+)$/m.exec(text)?.[1] ?? "bare";
    assert.ok(name !== undefined && isSystem(system), `${file} does not begin with a name and a system`);
    return { name, file, system };
  });
}

/** Debian's own commands, for archives as their makers pack them; each in a folder. */
const PROGRAMS = ["prometheus", "promtool", "prometheus-node-exporter"] as const;

if (Deno.env.get("SYSTEMD") === "1") {
  const missing = missingForContainers() ??
    (missingPrograms(...PROGRAMS).length > 0 ? `not installed: ${missingPrograms(...PROGRAMS)}` : undefined);
  if (missing !== undefined) console.log(`the service is not tested: ${missing}`);
  for (const { name, file, system } of readCases()) {
    Deno.test({
      name,
      ignore: missing !== undefined,
      async fn() {
        const { status, output } = await runInContainer(file, {
          system,
          binary: await executable(),
          binds: PROGRAMS.map((program) => `/usr/bin/${program}:/programs/${program}`),
        });
        assert.equal(status, 0, `${file} ended with ${status}:\n${output}`);
        // Print the measurements.
        for (const [line] of output.matchAll(/^.*\b\d+ ms\b.*$|^.*: \d\.\d$/gm)) console.log(line);
      },
    });
  }
}

Deno.test({
  name: "shellcheck finds nothing in the scripts",
  ignore: missingPrograms("shellcheck").length > 0,
  async fn() {
    const scripts = [
      "systemd/install.sh",
      "tests/systemd/prelude.sh",
      "tests/systemd/members.sh",
      "tests/package/cases/deb.sh",
    ];
    for (const { name } of Deno.readDirSync(CASES)) scripts.push(`tests/systemd/cases/${name}`);
    for (const { name } of Deno.readDirSync(new URL("packaging/deb/", ROOT))) {
      if (name !== "lintian-overrides") scripts.push(`packaging/deb/${name}`);
    }
    const { stdout } = await new Deno.Command("shellcheck", {
      args: ["--external-sources", "--source-path=.", ...scripts],
      cwd: ROOT,
    }).output();
    assert.equal(new TextDecoder().decode(stdout), "");
  },
});
