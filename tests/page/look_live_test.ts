// Tests what the page shows in every state, in a real browser with a fake daemon.

import assert from "node:assert/strict";
import { missingPrograms } from "../machine/machine.ts";
import { TestBrowser } from "../machine/browser.ts";
import { FakeDaemon, healthyStatus } from "../fakes/fake_daemon.ts";
import { hostileWindow } from "./hostile_window.ts";

const NO_BROWSER = missingPrograms("chromium").length > 0;

Deno.test({ name: "the page shows the health of the daemon", ignore: NO_BROWSER }, async (t) => {
  await using browser = await TestBrowser.launch();
  await using daemon = await FakeDaemon.start();
  await using shown = await browser.open(daemon.url);
  const visible = (id: string) => shown.page.locator(`#${id}`).isVisible();
  const closeUntil = async (what: string, probe: () => Promise<boolean>) => {
    // Close a window now and then, as a daemon does, so that nothing becomes stale.
    await shown.waitUntil(what, async () => {
      daemon.close(hostileWindow());
      return await probe();
    });
  };
  const says = (text: string) => async () => (await shown.text("health")).includes(text);

  await t.step("before the first window", async () => {
    await shown.waitForHealth("No window yet");
    assert.equal(await shown.text("words-empty"), "No window yet.");
    assert.equal(await visible("losses"), false);
  });

  await t.step("a window", async () => {
    daemon.close(hostileWindow());
    await shown.waitForHealth("Healthy");
    assert.equal(await visible("words-empty"), false);
    assert.match(await shown.text("words-note"), /^In the 1 min before \d\d:\d\d:\d\d; counts are exact\.$/);
    assert.equal(await shown.text("lag-note"), "records in 1 partition");
    assert.equal(await shown.text("intake-note"), "records per second, 1,200 allowed");
  });

  await t.step("counts that may be too high", async () => {
    daemon.close({ ...hostileWindow(), error: 3 });
    await shown.waitUntil(
      "the error",
      async () => (await shown.text("words-note")).includes("at most 3 occurrences too high"),
    );
  });

  await t.step("the partitions and members of the windows of a group", async () => {
    daemon.status = { ...healthyStatus(), group: { members: 3, partitions: 1 } };
    const note = ", of 1 partition in a group of 3 members; counts are exact.";
    await closeUntil("the group", async () => (await shown.text("words-note")).endsWith(note));
    daemon.status = healthyStatus();
    await closeUntil("no group", async () => !(await shown.text("words-note")).includes("group"));
  });

  await t.step("the change since the previous window", async () => {
    daemon.close(hostileWindow(2));
    const change = () => shown.page.locator(".row", { hasText: "plain" }).locator(".change").textContent();
    await shown.waitUntil("the change", async () => await change() === "+4");
  });

  await t.step("a replay and its progress", async () => {
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

  await t.step("not ready and not working, with the reason", async () => {
    daemon.status = { ...healthyStatus(), ready: { ready: false, reason: "no broker answers" } };
    await closeUntil("the reason", says("No broker answers."));
    daemon.status = {
      ...healthyStatus(),
      health: { ok: false, reason: "nothing has been processed for 20 s" },
    };
    await closeUntil("the reason", says("Nothing has been processed for 20 s."));
  });

  await t.step("behind, with the lag of each partition", async () => {
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

  await t.step("late and skipped records, if there are any", async () => {
    const { totals } = healthyStatus();
    daemon.status = { ...healthyStatus(), totals: { ...totals, late: { counted: 12, dropped: 0 } } };
    await closeUntil("the losses", () => visible("losses"));
    assert.match(await shown.text("loss-rows"), /^Late records: counted in later windows ?12$/);
    daemon.status = healthyStatus();
    await closeUntil("no losses", async () => !await visible("losses"));
  });

  await t.step("a pause by the reader, and its end", async () => {
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

  await t.step("stale while the daemon answers", async () => {
    daemon.close(hostileWindow());
    daemon.status = { ...healthyStatus(), window: { length_ms: 2_000, slide_ms: 500, time: "event" } };
    await shown.waitForHealth("Stale");
  });

  assert.deepEqual(shown.problems, []);
});

Deno.test({
  name: "the page reloads for another version, but not while it is paused",
  ignore: NO_BROWSER,
}, async () => {
  await using browser = await TestBrowser.launch();
  await using daemon = await FakeDaemon.start();
  daemon.close(hostileWindow());
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
  daemon.close(hostileWindow());
  await shown.waitForHealth("Healthy");
  assert.match(await shown.text("about"), /^rtcount 0\.0\.1 /);
  await shown.page.waitForResponse(/status$/);
  assert.equal(loads, 1);
  assert.deepEqual(shown.problems, []);
});

Deno.test(
  { name: "the page survives answers of a proxy in place of the daemon's", ignore: NO_BROWSER },
  async () => {
    await using browser = await TestBrowser.launch();
    await using daemon = await FakeDaemon.start();
    daemon.close(hostileWindow());
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

Deno.test({ name: "the page can be used by keyboard and read as tables", ignore: NO_BROWSER }, async (t) => {
  await using browser = await TestBrowser.launch();
  await using daemon = await FakeDaemon.start();
  daemon.close({ top: [["a", 9], ["b", 5], ["c", 1]], distinct: 3 });
  daemon.close({ top: [["a", 10], ["b", 6]], distinct: 2 });
  await using shown = await browser.open(daemon.url);
  await shown.waitForHealth("Healthy");
  const pressed = (word: string) =>
    shown.page.locator(".row", { hasText: word }).getAttribute("aria-pressed");
  const focused = () => shown.page.locator(".row:focus .word").textContent();

  await t.step("keys choose words, and the focus moves with the word", async () => {
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

  await t.step("a table shows the values of a chart, with 0 only for a known absence", async () => {
    await shown.page.locator("#word-table summary").press("Enter");
    const table = shown.page.locator("#word-table table");
    await table.waitFor();
    const headings = await table.locator("thead th").allInnerTexts();
    assert.deepEqual(headings.slice(0, 3), ["Time", "a", "b"]);
    const rows = await table.locator("tbody tr td").allInnerTexts();
    assert.deepEqual(rows, ["6", "11", "10", "6", "9", "5"]);
  });

  await t.step("tabs choose the list of words by click and by arrow keys", async () => {
    const selected = () => shown.page.locator("[role=tab][aria-selected=true]").innerText();
    assert.equal(await selected(), "Top");
    assert.equal(await shown.page.locator("#rising-words").isVisible(), false);
    await shown.page.locator("#top-tab").press("ArrowRight");
    assert.equal(await selected(), "Rising");
    assert.equal(await shown.page.locator("#top-words").isVisible(), false);
    assert.equal(await shown.text("rising-empty"), "No word comes far more often than usual.");
    daemon.close({ top: [["b", 11]], distinct: 2, rising: [["b", 1_100, 3.25, 83.47]] });
    await shown.waitUntil(
      "the rising word",
      async () => await shown.text("rising-rows") === "b1,1003.3× 83.5",
    );
    daemon.status = { ...healthyStatus(), rising: { learning: true } };
    daemon.close({ top: [["b", 11]], distinct: 2 });
    const reason = (text: string) => async () => (await shown.text("rising-empty")).includes(text);
    await shown.waitUntil("the learning", reason("usual counts are not known yet"));
    daemon.status = { ...healthyStatus(), rising: null };
    await shown.waitUntil("no comparison", reason("rising is off"));
    await shown.page.locator("#rising-tab").press("ArrowRight");
    assert.equal(await selected(), "New");
    assert.equal(await shown.page.locator("#rising-words").isVisible(), false);
    assert.equal(await shown.text("new-empty"), "No word is new.");
    daemon.status = { ...healthyStatus(), new: { learning: false, miss_rate: 0.0213 } };
    daemon.close({ top: [["b", 11]], distinct: 2, newWords: [["c", 1_100]] });
    await shown.waitUntil("the new word", async () => await shown.text("new-rows") === "c1,100");
    const hasNote = async () => (await shown.text("new-note")).includes("2.1 % of the new words are missed");
    await shown.waitUntil("the misses", hasNote);
    const newReason = (text: string) => async () => (await shown.text("new-empty")).includes(text);
    daemon.status = { ...healthyStatus(), new: { learning: true, miss_rate: 0 } };
    daemon.close({ top: [["b", 11]], distinct: 2 });
    await shown.waitUntil("the learning", newReason("not known yet"));
    daemon.status = { ...healthyStatus(), new: null };
    await shown.waitUntil("no new words", newReason("new_words is off"));
    const kafka = { brokers: ["a:9092"], tls: { enabled: false }, sasl: { mechanism: "plain" } };
    daemon.status = { ...healthyStatus(), config: { ...healthyStatus().config, source: { kafka } } };
    daemon.last = { topic: "it's", partition: 2, offset: 1_041 };
    daemon.close({ top: [["b", 11]], distinct: 2, newWords: [["<b>", 1_100]] });
    const chosen = shown.page.locator("#new-rows button");
    await shown.waitUntil("the place of a word", async () => {
      await chosen.click();
      return await shown.text("why-line") === "kcat -C -b a:9092 -t 'it'\\''s' -p 2 -o 1041 -c 1";
    });
    assert.equal(await shown.text("why-word"), "<b>");
    assert.equal(await shown.text("why-note"), "Topic it's, partition 2, offset 1,041.");
    assert.match(
      await shown.text("why-options"),
      /sasl\.mechanism=PLAIN, -X sasl\.username, -X sasl\.password/,
    );
    daemon.last = undefined;
    daemon.close({ top: [["b", 11]], distinct: 2, newWords: [["<b>", 1_100]] });
    const isUnknown = async () => await shown.text("why-note") === "No record with this word is known now.";
    await shown.waitUntil("no place", isUnknown);
    await shown.page.locator("#new-tab").press("ArrowRight");
    assert.equal(await selected(), "Top");
    daemon.status = healthyStatus();
  });

  await t.step("a change is announced once", async () => {
    assert.match(await shown.text("announcement"), /^Healthy\. /);
    assert.equal(await shown.page.locator("[aria-live], [role=status], [role=alert]").count(), 1);
  });
});

Deno.test({
  name: "a hidden page closes its stream, and continues where it was",
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

  // A short look at another tab changes nothing.
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
