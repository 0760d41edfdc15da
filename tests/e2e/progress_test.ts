import assert from "node:assert/strict";
import { missingPrograms } from "../machine/machine.ts";
import { rtcountCommand, runRtcount } from "./rtcount_process.ts";
import { Tmux } from "../machine/tmux.ts";

/** Takes longer to count than nothing is shown for. */
const FILE_BYTES = 200e6;

async function withLargeFile(use: (path: string, lines: number) => Promise<void>): Promise<void> {
  const path = Deno.makeTempFileSync({ prefix: "rtcount-large-" });
  try {
    const chunk = Array.from({ length: 10_000 }, (_, i) => `a,b${i % 77},c${i % 311},some,more,words\n`).join(
      "",
    );
    let lines = 0;
    for (let bytes = 0; bytes < FILE_BYTES; bytes += chunk.length, lines += 10_000) {
      Deno.writeTextFileSync(path, chunk, { append: true });
    }
    await use(path, lines);
  } finally {
    Deno.removeSync(path);
  }
}

Deno.test({
  name: "rtcount count shows on a terminal how far it has come, and on no other standard error",
  ignore: missingPrograms("tmux").length > 0,
  async fn() {
    await withLargeFile(async (path, lines) => {
      const args = ["count", path, "--set", "top=1"];
      const command = rtcountCommand(args).map((part) => `'${part}'`).join(" ");
      await using tmux = await Tmux.start(command, { columns: 100, rows: 10 });
      // A busy machine reads less than 10 MB/s, and takes minutes.
      const bar =
        /^ *\d{1,2} % [█░]{30} [\d.]+ [kM]B of 20\d MB {2}[\d.]+ [kM]B\/s {2}(?:\d+ min )?\d+ s left$/;
      await tmux.waitFor("a bar", (screen) => screen.some((line) => bar.test(line)));
      const end = await tmux.waitFor("the result", (screen) => screen.includes(`('a', ${lines})`));
      assert.ok(!end.some((line) => line.includes("%")), end.join("\n"));

      const { status, stdout, stderr } = await runRtcount(args);
      assert.deepEqual([status, stdout, stderr], [0, `('a', ${lines})\n`, ""]);
    });
  },
});
