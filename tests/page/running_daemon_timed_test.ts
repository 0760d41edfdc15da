// The page of the real program in a real browser.

import assert from "node:assert/strict";
import { freePorts } from "../machine/free_ports.ts";
import { RtcountProcess } from "../e2e/rtcount_process.ts";
import { withFile } from "../e2e/with_file.ts";
import { missingPrograms } from "../machine/machine.ts";
import { TestBrowser, type WatchedPage } from "../machine/browser.ts";

const SLIDE_MS = 2_000;
const MAX_PAGE_BYTES = 150_000;
const MAX_FIRST_PAINT_MS = 200;
/** The best of some attempts counts, because the machine may be busy. */
const PAINT_ATTEMPTS = 5;
const FOLLOW_ATTEMPTS = 3;

/** No word contains it, so words may contain everything else. */
const SEPARATOR = "\u0001";

const HOSTILE = [
  "<script>document.title='owned'</script>",
  '"><img src=x onerror=alert(1)>',
  'it\'s "quoted" & &lt;escaped&gt;',
  "line\u2028break",
  "\u202eright-to-left\u202c",
  "zero\u200bwidth",
  "\x1b[31mred\x1b[0m\x07",
  "a".repeat(256),
  "{{7*7}}${7*7}",
  "__proto__",
];

Deno.test(
  { name: "the page of a running daemon", ignore: missingPrograms("chromium").length > 0 },
  async (t) => {
    const lines = await Deno.makeTempFile({ prefix: "rtcount-lines-" });
    const listen = `127.0.0.1:${freePorts(1)[0]}`;
    const url = `http://${listen}/`;
    const config = {
      http: { listen },
      source: { lines: { path: lines } },
      words: { separator: SEPARATOR, trim: false },
      window: { length: "10s", slide: `${SLIDE_MS}ms`, lateness: "0s" },
    };
    const say = (words: readonly string[], times: number) =>
      Deno.writeTextFile(lines, `${words.join(SEPARATOR)}\n`.repeat(times), { append: true });

    await using browser = await TestBrowser.launch();
    await withFile(JSON.stringify(config), async (file) => {
      const start = () => new RtcountProcess(["run", "--config", file]);
      let daemon = start();
      try {
        await daemon.waitFor("HTTP", () => daemon.stderr.includes("listening on"));
        await using shown = await browser.open(url);

        await t.step("it shows windows", async () => {
          await say(["one", "two", "two"], 3);
          await shown.waitForWord("two");
          await shown.waitForHealth("Healthy");
          await shown.waitUntil("the words of all records", async () => {
            return (await shown.rows()).slice(0, 2).join() === "two,6,one,3" &&
              /^words in 3 records, 2 different$/.test(await shown.text("window-note"));
          });
        });

        await t.step("it follows a change of the stream within two slides", async () => {
          let tookMs = Infinity;
          for (let i = 0; i < FOLLOW_ATTEMPTS && tookMs >= 2 * SLIDE_MS; i++) {
            const startMs = performance.now();
            await say([`something-new-${i}`], 50);
            await shown.waitForWord(`something-new-${i}`);
            tookMs = performance.now() - startMs;
          }
          assert.ok(tookMs < 2 * SLIDE_MS, `it took ${tookMs} ms`);
        });

        await t.step("it shows hostile words as distinguishable text", async () => {
          await say(HOSTILE, 100);
          await shown.waitForWord(HOSTILE[0]);
          const words = (await shown.rows()).map(([word]) => word);
          for (
            const shownAs of [
              ...HOSTILE.slice(0, 3),
              "line\\u2028break",
              "\\u202eright-to-left\\u202c",
              "zero\\u200bwidth",
              "\\x1b[31mred\\x1b[0m\\x07",
              "{{7*7}}${7*7}",
              "__proto__",
            ]
          ) assert.ok(words.includes(shownAs), `${shownAs} in ${JSON.stringify(words)}`);
          assert.ok(words.some((word) => /^a{10}…#[0-9a-f]{8}, 256 characters…a{10}$/.test(word)));
          assert.equal(await shown.page.$("main script, main img"), null);
          assert.doesNotMatch(await shown.page.title(), /owned/);
        });

        await t.step("it reconnects by itself after a restart of the daemon", async () => {
          daemon.kill("SIGKILL");
          await daemon.status;
          await shown.waitForHealth("Reconnecting");
          assert.ok((await shown.rows()).length > 0, "what was shown stays");
          daemon = start();
          await shown.waitForHealth("Healthy", "No window yet", "Nothing to count", "Nothing counted yet");
          await say(["after-the-restart"], 500);
          await shown.waitForWord("after-the-restart");
          await shown.waitForHealth("Healthy");
        });

        assert.deepEqual(shown.problems, [], "the console of the page");

        await t.step("it is small and appears at once", async () => {
          const response = await fetch(url, {
            headers: { accept: "text/html", "accept-encoding": "identity" },
          });
          assert.ok((await response.arrayBuffer()).byteLength < MAX_PAGE_BYTES);
          let paintMs = Infinity;
          for (let i = 0; i < PAINT_ATTEMPTS && paintMs >= MAX_FIRST_PAINT_MS; i++) {
            await using fresh = await browser.open(url);
            paintMs = Math.min(paintMs, await firstPaintMs(fresh));
          }
          assert.ok(paintMs < MAX_FIRST_PAINT_MS, `the first paint came after ${paintMs} ms`);
        });

        await t.step("Prometheus gets metrics at the same address", async () => {
          const accept = "application/openmetrics-text;version=1.0.0;q=0.6," +
            "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.3";
          const response = await fetch(url, { headers: { accept } });
          assert.match(response.headers.get("content-type") ?? "", /^application\/openmetrics-text/);
          assert.match(await response.text(), /^rtcount_windows_closed_total \d+/m);
        });
      } finally {
        await daemon[Symbol.asyncDispose]();
        await Deno.remove(lines);
      }
    });
  },
);

async function firstPaintMs({ page }: WatchedPage): Promise<number> {
  const handle = await page.waitForFunction(() =>
    performance.getEntriesByName("first-contentful-paint")[0]?.startTime
  );
  return Number(await handle.jsonValue());
}
