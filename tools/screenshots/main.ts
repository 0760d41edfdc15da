// `deno task screenshots`: pictures of the demo in a browser, in a terminal and in Prometheus, for docs/screenshots. The
// stream is the same each time; the counts depend on the machine.

import { fileURLToPath } from "node:url";
import { rtcountCommand, RtcountProcess } from "../../tests/e2e/rtcount_process.ts";
import { Tmux } from "../../tests/machine/tmux.ts";
import { freePorts } from "../../tests/machine/free_ports.ts";
import { installPrograms, missingPrograms } from "../../tests/machine/machine.ts";
import { PrometheusServer } from "../../tests/machine/prometheus_server.ts";
import { TestBrowser, type WatchedPage } from "../../tests/machine/browser.ts";
import { terminalDocument } from "./terminal_document.ts";

const FOLDER = new URL("../../docs/screenshots/", import.meta.url);
const RANDOM_SEED = 20;
/** Enough that the window is full and the chart has no gaps. */
const WINDOWS = 58;
/** The time limit for these windows. */
const WAIT_MS = 180_000;
const WIDTH = 1024;
const TERMINAL = { columns: 100, rows: 28 };

interface Shot {
  readonly name: string;
  readonly shown: WatchedPage;
  /** The part of the page to show; all of it if undefined. */
  readonly part?: string;
}

async function main(): Promise<void> {
  await installPrograms();
  const missing = missingPrograms("chromium", "prometheus", "tmux");
  if (missing.length > 0) throw new Error(`wanted for the pictures and not there: ${missing.join(", ")}`);
  await Deno.mkdir(FOLDER, { recursive: true });

  const [port, nobody] = freePorts(2);
  const url = `http://127.0.0.1:${port}`;
  await using stack = new AsyncDisposableStack();
  const demo = stack.use(
    new RtcountProcess([
      "demo",
      ...["--listen", `127.0.0.1:${port}`],
      ...["--set", `source.synthetic.random_seed=${RANDOM_SEED}`],
      ...["--set", "output.console=false"],
    ]),
  );
  await demo.waitFor("HTTP", () => demo.stderr.includes("listening on"));
  const prometheus = stack.use(await PrometheusServer.start({ rtcount: [port], nodeExporter: nobody }));
  const command = ["env", "-u", "NO_COLOR", ...rtcountCommand(["top", "--url", url])];
  const tmux = stack.use(await Tmux.start(command.map((part) => `'${part}'`).join(" "), TERMINAL));
  const browser = stack.use(await TestBrowser.launch());
  const viewport = { width: WIDTH, height: 900 };
  const light = stack.use(await browser.open(url, { viewport, colorScheme: "light" }));
  const dark = stack.use(await browser.open(url, { viewport, colorScheme: "dark" }));

  await waitForWindows(light);
  await shoot({ name: "page", shown: light });
  await shoot({ name: "page-dark", shown: dark });
  const top = stack.use(await browser.open("about:blank", { viewport }));
  await top.page.setContent(terminalDocument(await tmux.screenWithStyles(), TERMINAL.columns));
  await shoot({ name: "top", shown: top, part: "pre" });
  const consoles = stack.use(await browser.open(`${prometheus.url}/consoles/rtcount.html`, { viewport }));
  await shoot({ name: "console", shown: consoles });
}

/** Waits until the page has drawn this many windows. */
async function waitForWindows({ page }: WatchedPage): Promise<void> {
  await page.click("#word-table summary");
  await page.locator("#word-table tbody tr").nth(WINDOWS - 1).waitFor({ timeout: WAIT_MS });
  await page.click("#word-table summary");
}

async function shoot({ name, shown, part }: Shot): Promise<void> {
  if (shown.problems.length > 0) throw new Error(`${name}: ${shown.problems.join("; ")}`);
  const path = fileURLToPath(new URL(`${name}.png`, FOLDER));
  const options = { path, animations: "disabled" } as const;
  const { length } = part === undefined
    ? await shown.page.screenshot({ ...options, fullPage: true })
    : await shown.page.locator(part).screenshot(options);
  console.log(`${path}: ${length} bytes`);
}

await main();
