// What the page says and how it looks in every state, in a real browser on a made-up daemon. With SCREENSHOTS=FOLDER
// the pictures are kept there.

import axe, { type AxeResults } from "axe-core";
import assert from "node:assert/strict";
import { missingPrograms } from "../machine/machine.ts";
import { TestBrowser, type WatchedPage } from "../machine/browser.ts";
import { FakeDaemon, type FakeWindow, healthyStatus } from "../fakes/fake_daemon.ts";

const NO_BROWSER = missingPrograms("chromium").length > 0;
const THEMES = ["light", "dark"] as const;
const WIDTHS = [375, 1024, 1920];
/** What layouts may move by themselves while a page fills and lives (Cumulative Layout Shift: good is below 0.1). */
const MAX_LAYOUT_SHIFT = 0.05;

/** Some hostile words among plain ones. */
const TOP: readonly (readonly [string, number])[] = [
  "<script>document.title='owned'</script>",
  '"><img src=x onerror=alert(1)>',
  "plain",
  "line\nbreak\r\t",
  "\u202eevil\u202c",
  "שלום",
  "مرحبا بالعالم",
  "zero\u200bwidth",
  "zerowidth",
  "\x1b[31mred\x1b[0m",
  "é",
  "e\u0301",
  "x".repeat(256),
  `${"y".repeat(30_000)}1${"y".repeat(30_000)}`,
  `${"y".repeat(30_000)}2${"y".repeat(30_000)}`,
  " lead",
  "two  blanks",
  "back\\x20slash",
  "Z̸̡̢̛͕a̷̧͓̾l̵̦͝g̵̞̾o̶̞̔",
  "日本語",
].map((word, index) => [word, Math.round(5_000 / (index + 1))] as const);

const window = (change = 0): FakeWindow => ({
  top: TOP.map(([word, count], index) => [word, count + (index % 3) * change] as const),
  distinct: 4_000,
});

Deno.test({ name: "the page says how the daemon is doing", ignore: NO_BROWSER }, async (t) => {
  await using browser = await TestBrowser.launch();
  await using daemon = await FakeDaemon.start();
  await using shown = await browser.open(daemon.url);
  const visible = (id: string) => shown.page.locator(`#${id}`).isVisible();
  const closeUntil = async (what: string, probe: () => Promise<boolean>) => {
    // As a daemon does: a window now and then, so that nothing is stale meanwhile.
    await shown.waitUntil(what, async () => {
      daemon.close(window());
      return await probe();
    });
  };
  const says = (text: string) => async () => (await shown.text("health")).includes(text);

  await t.step("nothing yet", async () => {
    await shown.waitForHealth("No window yet");
    assert.equal(await shown.text("words-empty"), "No window yet.");
    assert.equal(await visible("losses"), false);
  });

  await t.step("a window", async () => {
    daemon.close(window());
    await shown.waitForHealth("Healthy");
    assert.equal(await visible("words-empty"), false);
    assert.match(await shown.text("words-note"), /^In the 1 min before \d\d:\d\d:\d\d; counts are exact\.$/);
    assert.equal(await shown.text("lag-note"), "records in 1 partition");
    assert.equal(await shown.text("intake-note"), "records per second, 1,200 allowed");
  });

  await t.step("counts that may be too high", async () => {
    daemon.close({ ...window(), error: 3 });
    await shown.waitUntil(
      "the error",
      async () => (await shown.text("words-note")).includes("at most 3 occurrences too high"),
    );
  });

  await t.step("the change since the last window", async () => {
    daemon.close(window(2));
    const change = () => shown.page.locator(".row", { hasText: "plain" }).locator(".change").textContent();
    await shown.waitUntil("the change", async () => await change() === "+4");
  });

  await t.step("reading back, with how far it is", async () => {
    daemon.status = {
      ...healthyStatus(),
      ready: { ready: false, reason: "reading back" },
      replay: { left: 30_000, total: 120_000 },
    };
    await closeUntil("progress", says("75 % done, 30,000 records of 120,000 records left"));
    assert.equal(
      await shown.page.locator("#replay").evaluate((bar) => (bar as unknown as { value: number }).value),
      0.75,
    );
    daemon.status = healthyStatus();
    await closeUntil("no progress", async () => !await visible("replay"));
  });

  await t.step("not ready, not working, and why", async () => {
    daemon.status = { ...healthyStatus(), ready: { ready: false, reason: "no broker answers" } };
    await closeUntil("the reason", says("No broker answers."));
    daemon.status = {
      ...healthyStatus(),
      health: { ok: false, reason: "nothing has been processed for 20 s" },
    };
    await closeUntil("the reason", says("Nothing has been processed for 20 s."));
  });

  await t.step("behind, by how much and where", async () => {
    const watermark = Date.now() - 60_000;
    const partitions = [0, 1, 2].map((partition) => ({
      topic: "events",
      partition,
      position: 7,
      lag: partition * 50,
    }));
    daemon.status = { ...healthyStatus(), watermark, partitions };
    await closeUntil("the lag", says("150 records wait"));
    const rows = await shown.page.locator("#partition-rows tr").allInnerTexts();
    assert.deepEqual(rows.map((row) => row.split(/\s+/)), [
      ["events/2", "7", "100"],
      ["events/1", "7", "50"],
      ["events/0", "7", "0"],
    ]);
  });

  await t.step("what was late or skipped, once there is any", async () => {
    const { totals } = healthyStatus();
    daemon.status = { ...healthyStatus(), totals: { ...totals, late: { counted: 12, dropped: 0 } } };
    await closeUntil("the losses", () => visible("losses"));
    assert.match(await shown.text("loss-rows"), /^Late records: counted in later windows ?12$/);
    daemon.status = healthyStatus();
    await closeUntil("no losses", async () => !await visible("losses"));
  });

  await t.step("paused by the reader, and back at the newest", async () => {
    await shown.page.click("#pause");
    await shown.waitForHealth("Paused");
    const before = await shown.rows();
    daemon.close({ top: [["afterwards", 7]] });
    await closeUntil("a while", async () => !(await shown.page.title()).startsWith("Healthy"));
    assert.deepEqual(await shown.rows(), before);
    daemon.close({ top: [["afterwards", 7]] });
    await shown.page.click("#pause");
    await shown.waitForWord("afterwards");
  });

  await t.step("no records in the last window", async () => {
    daemon.close({ top: [], records: 0 });
    await shown.waitForHealth("Nothing counted yet");
    daemon.status = { ...healthyStatus(), rates: { records_per_second: 0, words_per_second: 0 } };
    await shown.waitForHealth("Nothing to count");
    assert.equal(await shown.text("words-empty"), "No record in this window.");
  });

  await t.step("stale, though the daemon answers", async () => {
    daemon.close(window());
    daemon.status = { ...healthyStatus(), window: { length_ms: 2_000, slide_ms: 500, time: "event" } };
    await shown.waitForHealth("Stale");
  });

  assert.deepEqual(shown.problems, []);
});

Deno.test({
  name: "the page of another version is fetched, once nobody holds on to this one",
  ignore: NO_BROWSER,
}, async () => {
  await using browser = await TestBrowser.launch();
  await using daemon = await FakeDaemon.start();
  daemon.close(window());
  await using shown = await browser.open(daemon.url);
  await shown.waitForHealth("Healthy");
  let loads = 0;
  shown.page.on("load", () => loads++);

  await shown.page.click("#pause");
  daemon.status = { ...daemon.status, version: "0.0.1" };
  await shown.page.waitForResponse(/status$/);
  await shown.page.waitForResponse(/status$/);
  assert.equal(loads, 0, "a page that is paused stays");
  await shown.page.click("#pause");
  await shown.waitUntil("the new page", () => Promise.resolve(loads === 1));
  daemon.close(window());
  await shown.waitForHealth("Healthy");
  assert.match(await shown.text("about"), /^rtcount 0\.0\.1 /);
  await shown.page.waitForResponse(/status$/);
  assert.equal(loads, 1);
  assert.deepEqual(shown.problems, []);
});

Deno.test(
  { name: "the page outlives answers of a proxy in place of the daemon's", ignore: NO_BROWSER },
  async () => {
    await using browser = await TestBrowser.launch();
    await using daemon = await FakeDaemon.start();
    daemon.close(window());
    await using shown = await browser.open(daemon.url);
    await shown.waitForHealth("Healthy");
    let answers = 0;
    await shown.page.route(/status$/, (route) => {
      answers++;
      return route.fulfill({ contentType: "text/html", body: "<!DOCTYPE html><title>Sign in</title>" });
    });
    await shown.waitUntil("two such answers", () => Promise.resolve(answers > 1));
    await shown.page.unroute(/status$/);
    daemon.status = { ...daemon.status, health: { ok: false, reason: "seen again" } };
    await shown.waitForHealth("Not working");
    assert.deepEqual(shown.problems, []);
  },
);

Deno.test({ name: "the page can be used by keyboard, and read as tables", ignore: NO_BROWSER }, async (t) => {
  await using browser = await TestBrowser.launch();
  await using daemon = await FakeDaemon.start();
  daemon.close({ top: [["a", 9], ["b", 5], ["c", 1]], distinct: 3 });
  daemon.close({ top: [["a", 10], ["b", 6]], distinct: 2 });
  await using shown = await browser.open(daemon.url);
  await shown.waitForHealth("Healthy");
  const pressed = (word: string) =>
    shown.page.locator(".row", { hasText: word }).getAttribute("aria-pressed");
  const focused = () => shown.page.locator(".row:focus .word").textContent();

  await t.step("words are chosen by key, and the focus goes along with the word", async () => {
    await shown.page.locator(".row", { hasText: "b" }).focus();
    assert.equal(await pressed("b"), "true");
    await shown.page.keyboard.press("Space");
    assert.equal(await pressed("b"), "false");
    daemon.close({ top: [["b", 11], ["a", 6]], distinct: 2 });
    await shown.waitUntil("the new order", async () => (await shown.rows())[0][0] === "b");
    assert.equal(await focused(), "b");
    await shown.page.keyboard.press("Enter");
    assert.equal(await pressed("b"), "true");
    await shown.page.click("#follow");
    await shown.waitUntil("nothing to let go of", () => shown.page.locator("#follow").isHidden());
  });

  await t.step("a chart is a table too, with 0 only for what is known", async () => {
    await shown.page.locator("#word-table summary").press("Enter");
    const table = shown.page.locator("#word-table table");
    await table.waitFor();
    const headings = await table.locator("thead th").allInnerTexts();
    assert.deepEqual(headings.slice(0, 3), ["Time", "a", "b"]);
    const rows = await table.locator("tbody tr td").allInnerTexts();
    assert.deepEqual(rows, ["6", "11", "10", "6", "9", "5"]);
  });

  await t.step("what changes is said once", async () => {
    assert.match(await shown.text("announcement"), /^Healthy\. /);
    assert.equal(await shown.page.locator("[aria-live], [role=status], [role=alert]").count(), 1);
  });
});

for (const colorScheme of THEMES) {
  Deno.test({ name: `the page looks right on every width, ${colorScheme}`, ignore: NO_BROWSER }, async () => {
    await using browser = await TestBrowser.launch();
    await using daemon = await FakeDaemon.start();
    for (let i = 0; i < 100; i++) daemon.close(window(Math.round(40 * Math.sin(i / 9))));
    daemon.status = busyStatus();
    await using shown = await browser.open(daemon.url, { colorScheme, reducedMotion: "reduce" });
    for (const width of WIDTHS) {
      await shown.page.setViewportSize({ width, height: width < 600 ? 812 : 1080 });
      await shown.page.reload();
      await shown.waitForHealth("Healthy");
      daemon.close(window(10));
      const partitions = shown.page.locator("#partition-rows tr");
      await shown.waitUntil("the partitions", async () => await partitions.count() === 50);
      assert.equal(await shown.page.evaluate("document.documentElement.scrollWidth"), width);
      await keepPicture(shown, `${width}-${colorScheme}`);
      const shifts = await layoutShifts(shown);
      const sum = shifts.reduce((before, { value }) => before + value, 0);
      assert.ok(sum < MAX_LAYOUT_SHIFT, `at ${width} ${JSON.stringify(shifts)}`);
    }
    for (const id of ["word", "intake", "time"]) await shown.page.click(`#${id}-table summary`);
    assert.deepEqual(await findings(shown), []);
    assert.deepEqual(shown.problems, []);
  });
}

/** Much of all that there is. */
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
    config: { ...status.config, top: 100 },
  };
}

async function keepPicture({ page }: WatchedPage, name: string): Promise<void> {
  const folder = Deno.env.get("SCREENSHOTS");
  if (folder !== undefined) await page.screenshot({ path: `${folder}/page-${name}.png`, fullPage: true });
}

/** Each shift of the layout without the reader having done anything: by how much, and what moved. */
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

/** What axe-core finds, with where. */
async function findings({ page }: WatchedPage): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate("axe.run()") as AxeResults;
  return violations.map(({ id, impact, nodes }) =>
    `${impact}: ${id} at ${nodes.map(({ html }) => html.slice(0, 200))}`
  );
}

Deno.test({
  name: "a page that nobody sees lets go of its stream, and goes on where it was",
  ignore: NO_BROWSER,
}, async () => {
  await using browser = await TestBrowser.launch();
  await using daemon = await FakeDaemon.start();
  daemon.close({ top: [["before", 1]] });
  await using shown = await browser.open(daemon.url);
  await shown.waitForWord("before");
  const streams: string[] = [];
  let hasEnded = false;
  shown.page.on("request", (request) => {
    if (request.url().includes("/stream")) streams.push(request.url());
  });
  shown.page.on("requestfailed", (request) => hasEnded ||= request.url().includes("/stream"));
  const become = (state: "hidden" | "visible") =>
    shown.page.evaluate(`{
      Object.defineProperty(document, "hidden", { value: ${state === "hidden"}, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }`);
  await shown.page.clock.install();

  // A look at another tab changes nothing.
  await become("hidden");
  await shown.page.clock.fastForward(30_000);
  await become("visible");
  await shown.page.clock.fastForward(60_000);
  assert.equal(hasEnded, false);

  await become("hidden");
  await shown.page.clock.fastForward(61_000);
  await shown.waitUntil("the end of the stream", () => Promise.resolve(hasEnded));
  daemon.close({ top: [["meanwhile", 1]] });
  await shown.page.clock.fastForward(600_000);
  assert.deepEqual(streams, [], "a hidden page asks for no stream");

  await become("visible");
  await shown.waitForWord("meanwhile");
  assert.match(streams.join(), /^[^,]*last_event_id=[1-9]\d+$/);
  assert.deepEqual(shown.problems, []);
});
