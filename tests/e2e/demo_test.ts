import assert from "node:assert/strict";
import { freePorts } from "../machine/free_ports.ts";
import { getPage, readMetrics } from "./page.ts";
import { RtcountProcess, runRtcount } from "./rtcount_process.ts";

const BLOCK = /^-{43}\nTime: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n-{43}\n(\('.*', \d+\)\n)+\n/m;

Deno.test("rtcount demo prints blocks, serves metrics, says where, and ends with 0 at Ctrl-C", async () => {
  const listen = `127.0.0.1:${freePorts(1)[0]}`;
  await using demo = new RtcountProcess(["demo", "--listen", listen]);
  await demo.waitFor("a block on the console", () => BLOCK.test(demo.stdout));
  assert.ok(demo.stderr.includes(`http://${listen}/metrics`), demo.stderr);
  for (const path of ["/metrics", "/"]) {
    const metrics = readMetrics((await getPage(`http://${listen}${path}`))?.text ?? "");
    assert.ok(metrics.get("rtcount_windows_closed_total")! > 0);
    assert.ok([...metrics.keys()].some((name) => name.startsWith("compute_gauge_rate{task_name=")));
    assert.ok([...metrics.keys()].some((name) => name.startsWith("rtcount_window_word_occurrences{word=")));
  }
  assert.equal((await getPage(`http://${listen}/healthz`))?.status, 200);
  demo.kill("SIGINT");
  assert.equal(await demo.status, 0, demo.stderr);
});

Deno.test("rtcount demo --duration ends by itself", async () => {
  const listen = `127.0.0.1:${freePorts(1)[0]}`;
  const { status, stderr } = await runRtcount(["demo", "--listen", listen, "--duration", "1s"]);
  assert.equal(status, 0, stderr);
});

Deno.test("rtcount demo ends with 1 where its port is taken", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { status, stderr } = await runRtcount(["demo", "--listen", `127.0.0.1:${listener.addr.port}`]);
  listener.close();
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${listener.addr.port}`));
});
