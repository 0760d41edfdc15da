// The scripts that test the service on a live systemd. Each is a test; its first comment is the test's name. They need root
// and take minutes, so only `deno task test:systemd` runs them.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { missingPrograms } from "../machine/machine.ts";
import { isSystem, missingForContainers, runInContainer, type System } from "../machine/systemd_container.ts";
import { executable } from "./executable.ts";

interface Case {
  readonly name: string;
  readonly file: string;
  readonly system: System;
}

/** Debian's own commands, for archives as their makers pack them; each in a folder. */
const PROGRAMS = ["prometheus", "promtool", "prometheus-node-exporter"] as const;

/** The paths of the scripts in a folder. */
export function scriptsIn(folder: URL): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => fileURLToPath(new URL(name, folder))).sort();
}

/** Makes a test of each script in the folder. */
export function testCases(folder: URL): void {
  if (Deno.env.get("SYSTEMD") !== "1") return;
  const missing = missingForContainers() ??
    (missingPrograms(...PROGRAMS).length > 0 ? `not installed: ${missingPrograms(...PROGRAMS)}` : undefined);
  if (missing !== undefined) console.log(`the service is not tested: ${missing}`);
  for (const { name, file, system } of scriptsIn(folder).map(readCase)) {
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

function readCase(file: string): Case {
  const text = Deno.readTextFileSync(file);
  const name = /^#!.*\n# (.+)$/m.exec(text)?.[1];
  const system = /^# on: (.+)$/m.exec(text)?.[1] ?? "bare";
  assert.ok(name !== undefined && isSystem(system), `${file} does not begin with a name and a system`);
  return { name, file, system };
}
