// A real browser, and pages of it that are watched: whatever they complain of is a problem.

import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { delimiter, join } from "node:path";

const WAIT_MS = 120_000;
const POLL_MS = 50;
/** The browser's own message about a daemon that cannot be reached. */
const AWAY = /net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)/;

/** `await using` ends it. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestBrowser> {
    const browser = await chromium.launch({
      executablePath: findProgram("chromium"),
      args: ["--no-sandbox"],
    });
    return new TestBrowser(browser);
  }

  async open(url: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
    const context = await this.#browser.newContext({ viewport: { width: 1024, height: 900 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    const watched = new WatchedPage(page);
    await page.goto(url);
    return watched;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** `await using` closes it. */
export class WatchedPage implements AsyncDisposable {
  readonly page: Page;
  /** Errors and warnings of the console (breaches of the security policy among them), and what was thrown. */
  readonly problems: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on("console", (message) => {
      const text = message.text();
      if (/^(error|warning|assert)$/.test(message.type()) && !AWAY.test(text)) this.problems.push(text);
    });
    page.on("pageerror", (error) => this.problems.push(String(error)));
    page.on("dialog", (dialog) => {
      this.problems.push(`a dialog: ${dialog.message()}`);
      return dialog.dismiss();
    });
  }

  /** The text of the element with that id. */
  async text(id: string): Promise<string> {
    return (await this.page.textContent(`#${id}`) ?? "").trim().replace(/\s+/g, " ");
  }

  /** The words of the list as they are shown, with their counts. */
  async rows(): Promise<[word: string, count: number][]> {
    return await this.page.$$eval("#word-list .row", (rows) =>
      rows.map((row) => {
        const text = (part: string) => row.querySelector(part)?.textContent ?? "";
        return [text(".word"), Number(text(".count").replaceAll(",", ""))] as [string, number];
      }));
  }

  /** Waits until the health title is one of these. */
  async waitForHealth(...titles: string[]): Promise<void> {
    await this.waitUntil(`the health ${titles.join(" or ")}`, async () => {
      return titles.includes(await this.text("health-title"));
    });
  }

  /** Until the list has a word that is shown like this. */
  async waitForWord(word: string): Promise<void> {
    await this.waitUntil(`the word ${word}`, async () => (await this.rows()).some(([each]) => each === word));
  }

  /** Asks again and again until `probe` says yes; when it never does, what the page showed is in the error. */
  async waitUntil(what: string, probe: () => Promise<boolean>): Promise<void> {
    const deadlineMs = performance.now() + WAIT_MS;
    while (!await probe()) {
      if (performance.now() > deadlineMs) {
        throw new Error(
          `waited for ${what}; the page said: ${(await this.page.innerText("body")).slice(0, 1_000)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}

function findProgram(name: string): string {
  for (const folder of (Deno.env.get("PATH") ?? "").split(delimiter)) {
    try {
      if (Deno.statSync(join(folder, name)).isFile) return join(folder, name);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
    }
  }
  throw new Error(`there is no ${name} in PATH`);
}
