// The completions in the shells that they are for.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { missingPrograms, type Program } from "../machine/machine.ts";

function pathOf(shell: string): string {
  return fileURLToPath(new URL(`../../completions/rtcount.${shell}`, import.meta.url));
}

async function run(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args], env }).output();
  const decoder = new TextDecoder();
  assert.ok(success, decoder.decode(stderr));
  assert.equal(decoder.decode(stderr), "");
  return decoder.decode(stdout);
}

/** The words that bash offers after this line. */
async function bashWords(line: string, breaks = " \t\n\"'><=;|&(:"): Promise<string[]> {
  const script =
    `source "$1"; COMP_WORDBREAKS=$3 COMP_LINE=$2 COMP_POINT=\${#2}; _rtcount; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = await run("bash", ["-c", script, "bash", pathOf("bash"), line, breaks]);
  return text.split("\n").filter((word) => word !== "");
}

const COMMANDS = ["run", "demo", "count", "top", "config", "check", "health"];

Deno.test({
  name: "bash completes commands, options, keys and values",
  ignore: missingPrograms("bash").length > 0,
  async fn() {
    const table: readonly (readonly [line: string, words: readonly string[]])[] = [
      ["rtcount ", COMMANDS],
      ["rtcount c", ["count", "config", "check"]],
      ["rtcount --log-level debug he", ["health"]],
      ["rtcount config ", ["check", "show", "schema"]],
      ["rtcount config s", ["show", "schema"]],
      ["rtcount --", ["--help", "--version"]],
      ["rtcount top --", ["--rising", "--new", "--url", "--login-file", "--ca-file", "--help"]],
      ["rtcount config check --l", ["--log-level", "--log-format"]],
      ["rtcount run --log-format ", ["text", "json"]],
      ["rtcount run --log-format=j", ["json"]],
      ["rtcount run --set rate.pid", [
        "rate.pid.proportional=",
        "rate.pid.integral=",
        "rate.pid.derivative=",
      ]],
      ["rtcount run --set=rate.mi", ["rate.min="]],
      ["rtcount run --set top=5 --set http.l", ["http.listen="]],
      ["rtcount run --set window.time=", ["event", "processing"]],
      ["rtcount run --set=window.time=p", ["processing"]],
      ["rtcount run --set words.trim=f", ["false"]],
      ["rtcount run --set source.synthetic.tasks.0.n", ["source.synthetic.tasks.0.name="]],
      ["rtcount run --set name=", []],
      ["rtcount top --url ", []],
      ["rtcount run ", []],
    ];
    for (const [line, words] of table) assert.deepEqual(await bashWords(line), words, line);
    const whole = await bashWords("rtcount run --set=window.time=p", " \t\n");
    assert.deepEqual(whole, ["--set=window.time=processing"]);
    for (const line of ["rtcount run --config ", "rtcount config check ", "rtcount count --set top=5 "]) {
      const folder = fileURLToPath(new URL("../../LICENSE", import.meta.url)).slice(0, -1);
      assert.deepEqual(await bashWords(line + folder), [`${folder}E`], line);
    }
  },
});

Deno.test({
  name: "fish completes commands, options, keys and values",
  ignore: missingPrograms("fish").length > 0,
  async fn() {
    const home = await Deno.makeTempDir({ prefix: "rtcount-fish-" });
    const words = async (line: string) => {
      const script = 'source $argv[1]; complete -C "$argv[2]"';
      const args = ["--no-config", "-c", script, "--", pathOf("fish"), line];
      const text = await run("fish", args, { HOME: home });
      return text.split("\n").map((line) => line.split("\t")[0]).filter((word) => word !== "").sort();
    };
    const table: readonly (readonly [line: string, words: readonly string[]])[] = [
      ["rtcount ", COMMANDS],
      ["rtcount --log-level debug hea", ["health"]],
      ["rtcount config ", ["check", "show", "schema"]],
      ["rtcount top --", ["--rising", "--new", "--url", "--login-file", "--ca-file", "--help"]],
      ["rtcount run --log-format ", ["text", "json"]],
      ["rtcount run --set rate.pid", [
        "rate.pid.proportional=",
        "rate.pid.integral=",
        "rate.pid.derivative=",
      ]],
      ["rtcount run --set window.time=", ["window.time=event", "window.time=processing"]],
      ["rtcount run ", []],
    ];
    try {
      for (const [line, expected] of table) assert.deepEqual(await words(line), expected.toSorted(), line);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
});

for (const shell of ["bash", "zsh", "fish"] as const satisfies readonly Program[]) {
  Deno.test({
    name: `${shell} -n finds no fault in its completion`,
    ignore: missingPrograms(shell).length > 0,
    async fn() {
      assert.equal(await run(shell, ["-n", pathOf(shell)]), "");
    },
  });
}
