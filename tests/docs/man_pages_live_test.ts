// The manual pages, as man and mandoc read them.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { commandNames, OPTIONS } from "../../lib/cli/commands.ts";
import { missingPrograms } from "../machine/machine.ts";
import { configSections, plainKeys } from "../../tools/docs/config_keys.ts";

function pathOf(page: string): string {
  return fileURLToPath(new URL(`../../docs/man/${page}`, import.meta.url));
}

async function run(program: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const { stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { MANWIDTH: "200", MAN_KEEP_FORMATTING: "", LC_ALL: "C.UTF-8" },
  }).output();
  const decoder = new TextDecoder();
  return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

for (const page of ["rtcount.1", "rtcount.yaml.5"]) {
  Deno.test({
    name: `man has no complaint about ${page}`,
    ignore: missingPrograms("man").length > 0,
    async fn() {
      const { stdout, stderr } = await run("man", [
        "--warnings",
        "-E",
        "UTF-8",
        "-l",
        "-Tutf8",
        "-Z",
        pathOf(page),
      ]);
      assert.equal(stderr, "");
      assert.notEqual(stdout, "");
    },
  });

  Deno.test({
    name: `mandoc has no complaint about ${page}`,
    ignore: missingPrograms("mandoc").length > 0,
    async fn() {
      const { stdout } = await run("mandoc", ["-T", "lint", pathOf(page)]);
      // A page with a date would not be the same tomorrow.
      const complaints = stdout.split("\n").filter((line) => line !== "" && !line.includes("missing date"));
      assert.deepEqual(complaints, []);
    },
  });
}

Deno.test({
  name: "man shows every command and option in rtcount(1), and every key in rtcount.yaml(5)",
  ignore: missingPrograms("man").length > 0,
  async fn() {
    const commands = (await run("man", ["-l", pathOf("rtcount.1")])).stdout;
    for (const name of commandNames) assert.match(commands, new RegExp(`^ {7}rtcount ${name}\\b`, "m"));
    for (const name of Object.keys(OPTIONS)) assert.match(commands, new RegExp(`^ {7}--${name}\\b`, "m"));
    const keys = (await run("man", ["-l", pathOf("rtcount.yaml.5")])).stdout.split("\n").map((line) =>
      line.trim()
    );
    for (const { path } of [...plainKeys(), ...configSections().flatMap(({ keys }) => keys)]) {
      assert.ok(keys.some((line) => line === path || line.startsWith(`${path} `)), path);
    }
  },
});
