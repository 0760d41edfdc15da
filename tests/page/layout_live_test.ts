// Tests the layout of the page at several widths and in both colour schemes, in a real browser with a fake daemon. With
// SCREENSHOTS=FOLDER the pictures are kept there.

import axe, { type AxeResults } from "axe-core";
import assert from "node:assert/strict";
import { FakeDaemon, healthyStatus } from "../fakes/fake_daemon.ts";
import { TestBrowser, type WatchedPage } from "../machine/browser.ts";
import { missingPrograms } from "../machine/machine.ts";
import { hostileWindow } from "./hostile_window.ts";

const NO_BROWSER = missingPrograms("chromium").length > 0;
const THEMES = ["light", "dark"] as const;
const WIDTHS = [375, 1024, 1920];
/** Allowed shifts of the layout while a page fills (Cumulative Layout Shift: good is below 0.1). */
const MAX_LAYOUT_SHIFT = 0.05;

for (const colorScheme of THEMES) {
  Deno.test(
    { name: `the page has the right layout at every width, ${colorScheme}`, ignore: NO_BROWSER },
    async () => {
      await using browser = await TestBrowser.launch();
      await using daemon = await FakeDaemon.start();
      for (let i = 0; i < 100; i++) daemon.close(hostileWindow(Math.round(40 * Math.sin(i / 9))));
      daemon.status = busyStatus();
      await using shown = await browser.open(daemon.url, { colorScheme, reducedMotion: "reduce" });
      for (const width of WIDTHS) {
        await shown.page.setViewportSize({ width, height: width < 600 ? 812 : 1080 });
        await shown.page.reload();
        await shown.waitForHealth("Healthy");
        daemon.close(hostileWindow(10));
        const partitions = shown.page.locator("#partition-rows tr");
        await shown.waitUntil("the partitions", async () => await partitions.count() === 50);
        assert.equal(await shown.page.evaluate("document.documentElement.scrollWidth"), width);
        await keepPicture(shown, `${width}-${colorScheme}`);
        const shifts = await layoutShifts(shown);
        const sum = shifts.reduce((before, { value }) => before + value, 0);
        assert.ok(sum < MAX_LAYOUT_SHIFT, `at ${width} ${JSON.stringify(shifts)}`);
      }
      for (const width of WIDTHS) {
        await shown.page.setViewportSize({ width, height: width < 600 ? 812 : 1080 });
        await shown.page.click("#rising-tab");
        await shown.waitUntil("the rising words", async () => {
          return await shown.page.locator("#rising-rows tr").count() === hostileWindow().rising?.length;
        });
        assert.equal(await shown.page.evaluate("document.documentElement.scrollWidth"), width);
        await keepPicture(shown, `rising-${width}-${colorScheme}`);
      }
      assert.deepEqual(await findings(shown), []);
      for (const width of WIDTHS) {
        await shown.page.setViewportSize({ width, height: width < 600 ? 812 : 1080 });
        await shown.page.click("#new-tab");
        await shown.waitUntil("the new words", async () => {
          return await shown.page.locator("#new-rows tr").count() === hostileWindow().newWords?.length;
        });
        assert.equal(await shown.page.evaluate("document.documentElement.scrollWidth"), width);
        await keepPicture(shown, `new-${width}-${colorScheme}`);
      }
      assert.deepEqual(await findings(shown), []);
      daemon.last = { topic: "<i>$(id)'\"".repeat(20), partition: 3, offset: 123_456_789 };
      await shown.page.click("#rising-tab");
      await shown.page.locator("#rising-rows button").nth(12).click();
      const line = shown.page.locator("#why-line");
      await shown.waitUntil("the command", async () => (await line.innerText()).startsWith("kcat -C -b "));
      for (const width of WIDTHS) {
        await shown.page.setViewportSize({ width, height: width < 600 ? 812 : 1080 });
        assert.equal(await shown.page.evaluate("document.documentElement.scrollWidth"), width);
        await keepPicture(shown, `why-${width}-${colorScheme}`);
      }
      assert.deepEqual(await findings(shown), []);
      await shown.page.click("#top-tab");
      for (const id of ["word", "intake", "time"]) await shown.page.click(`#${id}-table summary`);
      assert.deepEqual(await findings(shown), []);
      assert.deepEqual(shown.problems, []);
    },
  );
}

const SECURED = {
  brokers: Array.from({ length: 9 }, (_, i) => `broker-${i}.a-rather-long-name.example:9093`),
  tls: { enabled: true },
  sasl: { mechanism: "scram-sha-512" },
};

/** A status with much of everything. */
function busyStatus() {
  const status = healthyStatus();
  return {
    ...status,
    partitions: Array.from({ length: 70 }, (_, index) => ({
      topic: index % 2 === 0 ? "raw-events" : "a.topic-with-a-rather-long-name",
      partition: index,
      position: 123_456_789 * index,
      lag: index === 3 ? null : index * index * 100,
    })),
    watermark: Date.now() + 10_000,
    totals: {
      ...status.totals,
      late: { counted: 12, dropped: 1 },
      skipped_records: { too_large: 3 },
      skipped_words: { stop_word: 12_345 },
    },
    config: { ...status.config, top: 100, source: { kafka: SECURED } },
  };
}

async function keepPicture({ page }: WatchedPage, name: string): Promise<void> {
  const folder = Deno.env.get("SCREENSHOTS");
  if (folder !== undefined) await page.screenshot({ path: `${folder}/page-${name}.png`, fullPage: true });
}

/** Shifts of the layout without input of the reader: the size, and what moved. */
async function layoutShifts(
  { page }: WatchedPage,
): Promise<{ readonly value: number; readonly what: string }[]> {
  return await page.evaluate(`new Promise((resolve) => {
    const name = ({ node }) => node?.id || node?.className || node?.parentElement?.id || node?.nodeName;
    const found = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (!entry.hadRecentInput) found.push({ value: entry.value, what: entry.sources.map(name).join() });
      }
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(found), 100);
  })`);
}

/** The violations that axe-core finds, with their elements. */
async function findings({ page }: WatchedPage): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate("axe.run()") as AxeResults;
  return violations.map(({ id, impact, nodes }) =>
    `${impact}: ${id} at ${nodes.map(({ html }) => html.slice(0, 200))}`
  );
}
