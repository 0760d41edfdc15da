import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { missingForKafka } from "./machine/kafka/distribution.ts";

const RUN = fileURLToPath(new URL("run.ts", import.meta.url));
const PROGRAMS = ["deno", "java", "tail", "tail"];
const POLL_MS = 50;
const POLLS = 3_600;

/** The programs whose command line names the folder. */
function programsOf(folder: string): string[] {
  return [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name)).flatMap(({ name }) => {
    try {
      const command = Deno.readTextFileSync(`/proc/${name}/cmdline`);
      return command.includes(`${folder}/`) ? [basename(command.split("\0")[0])] : [];
    } catch {
      return []; // it has ended meanwhile
    }
  }).sort();
}

/** The output of the run. */
class Output {
  readonly ended: Promise<void>;
  #text = "";

  constructor(stream: ReadableStream<Uint8Array>) {
    this.ended = this.#collect(stream);
  }

  /** Where the run keeps its files, once it says so. */
  async folder(): Promise<string> {
    for (let poll = 0; poll < POLLS; poll++) {
      const [, folder] = /endless in (\S+)/.exec(this.#text) ?? [];
      if (folder !== undefined) return folder;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`the endless test has not begun:\n${this.#text}`);
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.#text += text;
  }
}

/** The program that leaves its session takes a moment to become what it will be. */
async function waitForPrograms(folder: string): Promise<void> {
  for (let poll = 0; poll < POLLS; poll++) {
    if (programsOf(folder).join() === PROGRAMS.join()) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  assert.deepEqual(programsOf(folder), PROGRAMS);
}

for (const [signal, exitCode] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  Deno.test({
    name: `deno task test, ended by ${signal}, leaves no process and no file behind`,
    ignore: await missingForKafka() !== undefined,
    async fn() {
      const run = new Deno.Command(Deno.execPath(), {
        args: ["run", "--allow-all", RUN, "tests/machine/endless_run.ts"],
        env: { KAFKA_BROKERS: "", NO_COLOR: "1" },
        stdin: "null",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const output = new Output(run.stdout);
      let hasEnded = false;
      run.status.then(() => hasEnded = true);
      try {
        const folder = await output.folder();
        await waitForPrograms(folder);
        run.kill(signal);
        assert.equal((await run.status).code, exitCode);
        assert.deepEqual(programsOf(folder), []);
        assert.ok(!existsSync(folder), folder);
      } finally {
        if (!hasEnded) run.kill("SIGTERM");
        await output.ended;
      }
    },
  });
}
