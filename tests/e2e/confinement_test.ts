// The rights that `rtcount run` gives up once it is configured, tested from outside: a reload asks it for files that it
// must not read. The test runs as root, so that only the program itself can refuse.

import assert from "node:assert/strict";
import { freePorts } from "../machine/free_ports.ts";
import { getPage } from "./page.ts";
import { RtcountDaemon, RtcountProcess } from "./rtcount_process.ts";

const FOLDER = "/etc/rtcount";
const isRoot = Deno.uid() === 0;

/** Runs `body` with a configuration in the program's own folder, which is there for it alone. */
async function withOwnConfig(body: (file: string) => Promise<void>): Promise<void> {
  const isNew = await Deno.mkdir(FOLDER).then(() => true, (error) => {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  });
  const file = `${FOLDER}/test-${Deno.pid}.yaml`;
  try {
    await body(file);
  } finally {
    await Deno.remove(file);
    if (isNew) await Deno.remove(FOLDER);
  }
}

Deno.test({
  name: "rtcount run on /etc/rtcount reads and writes nothing beside its own folders any more",
  ignore: !isRoot,
  async fn() {
    const [port] = freePorts(1);
    const config = {
      source: { synthetic: {} },
      http: { listen: `127.0.0.1:${port}` },
      output: { console: false },
      top: "${TOP}",
    };
    await withOwnConfig(async (file) => {
      await Deno.writeTextFile(file, JSON.stringify(config));
      await using rtcount = new RtcountProcess(["run", "--config", file, "--log-level", "debug"], {
        env: { TOP: "7", OTHER: "8" },
      });
      const said = (text: string) => rtcount.waitFor(text, () => rtcount.stderr.includes(text));
      await rtcount.waitFor(
        "200 at /healthz",
        async () => (await getPage(`http://127.0.0.1:${port}/healthz`))?.status === 200,
      );
      await said("has dropped the permissions that it does not need");
      const reload = async (changes: object) => {
        await Deno.writeTextFile(file, JSON.stringify({ ...config, ...changes }));
        rtcount.kill("SIGHUP");
      };
      await reload({ words: { stop_words_file: "/etc/shadow" } });
      await said(
        "words.stop_words_file: cannot be read: the process has dropped the permission to read it: restart to get it back",
      );
      await reload({ top: "${OTHER}" });
      await said("OTHER");
      assert.doesNotMatch(rtcount.stderr, /root:/);
      await reload({ rate: { max: 50 } });
      await said("rate.max");
      rtcount.kill("SIGTERM");
      assert.equal(await rtcount.status, 0, rtcount.stderr);
    });
  },
});

Deno.test("rtcount run on a file elsewhere says that it keeps the permission to read, and reloads it", async () => {
  await using daemon = new RtcountDaemon({ source: { synthetic: {} }, output: { console: false } });
  await daemon.metricAtLeast('rtcount_records_total{topic="task-1"}', 1);
  await daemon.waitForLine(/the process keeps the permission to read all files needed_for=\S*rtcount-/);
  assert.doesNotMatch(daemon.stderr, /keeps the permission to write|WARN/);
  daemon.kill("SIGHUP");
  await daemon.waitForLine(/the configuration was reloaded/);
});
