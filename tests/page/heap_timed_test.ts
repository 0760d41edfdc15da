// Measures the memory of a page that stays open. With SOAK=1 it stays open for ten minutes beside a running daemon.

import assert from "node:assert/strict";
import { freePorts } from "../machine/free_ports.ts";
import { RtcountProcess } from "../e2e/rtcount_process.ts";
import { missingPrograms } from "../machine/machine.ts";
import { isLong } from "../soak/soak_length.ts";
import { MAX_WINDOWS } from "../../lib/page/window_history.ts";
import { TestBrowser, type WatchedPage } from "../machine/browser.ts";
import { FakeDaemon } from "../fakes/fake_daemon.ts";

const SOAK_MS = 600_000;
/** Time between two measurements of the long run. */
const SOAK_STEP_MS = 60_000;
const MAX_GROWTH_BYTES = 1_000_000;
const NO_BROWSER = missingPrograms("chromium").length > 0;

interface Held {
  readonly heapBytes: number;
  readonly nodes: number;
  readonly listeners: number;
}

/** After garbage collection. */
async function measure(shown: WatchedPage): Promise<Held> {
  const { page } = shown;
  // An animation keeps its elements until it ends.
  await shown.waitUntil("everything to stand", () => page.evaluate("document.getAnimations().length === 0"));
  const session = await page.context().newCDPSession(page);
  try {
    for (let i = 0; i < 3; i++) await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
    return { heapBytes: usedSize, nodes, listeners: jsEventListeners };
  } finally {
    await session.detach();
  }
}

function assertStable(before: Held, after: Held): void {
  const told = JSON.stringify({ before, after });
  assert.ok(after.heapBytes - before.heapBytes < MAX_GROWTH_BYTES, told);
  assert.ok(after.nodes <= before.nodes * 1.1 + 100, told);
  assert.ok(after.listeners <= before.listeners * 1.1 + 20, told);
}

Deno.test({
  name: "a page uses no more memory after thousands of windows than after hundreds",
  ignore: NO_BROWSER,
  async fn() {
    await using browser = await TestBrowser.launch();
    await using daemon = await FakeDaemon.start();
    await using shown = await browser.open(daemon.url);
    let windows = 0;
    const closeMany = async (count: number) => {
      for (let i = 0; i < count; i++) {
        windows++;
        // Words come and go.
        const top = Array.from({ length: 20 }, (_, rank) => [`w${windows + rank}`, 1_000 - rank] as const);
        daemon.close({ top: [...top, [`window-${windows}`, 1]], distinct: 5_000 });
        // A stream that falls behind the kept windows would miss some.
        if (windows % 20 === 0) await shown.page.evaluate("new Promise(requestAnimationFrame)");
      }
      daemon.close({ top: [[`end-${windows}`, 1]], distinct: 5_000 });
      await shown.waitForWord(`end-${windows}`);
    };
    await closeMany(2 * MAX_WINDOWS);
    const before = await measure(shown);
    await closeMany(5 * MAX_WINDOWS);
    assertStable(before, await measure(shown));
    assert.deepEqual(shown.problems, []);
  },
});

// The test is registered for the long form only; its short form would be the test above.
if (isLong) {
  Deno.test({
    name: "a page is stable for ten minutes beside a running daemon",
    ignore: NO_BROWSER,
    async fn() {
      const listen = `127.0.0.1:${freePorts(1)[0]}`;
      await using demo = new RtcountProcess(["demo", "--listen", listen]);
      await demo.waitFor("HTTP", () => demo.stderr.includes("listening on"));
      await using browser = await TestBrowser.launch();
      await using shown = await browser.open(`http://${listen}/`);
      await shown.waitForHealth("Healthy");
      const measures: Held[] = [];
      for (let ms = 0; ms <= SOAK_MS; ms += SOAK_STEP_MS) {
        await shown.page.waitForTimeout(SOAK_STEP_MS);
        measures.push(await measure(shown));
        console.log(JSON.stringify(measures.at(-1)));
      }
      // After ten minutes all 300 windows and samples are kept, so the first ones count as no growth.
      const [first] = measures;
      assertStable({ ...first, heapBytes: first.heapBytes + MAX_GROWTH_BYTES }, measures.at(-1)!);
      await shown.waitForHealth("Healthy");
      assert.deepEqual(shown.problems, []);
    },
  });
}
