// The program as a user starts it: from source with the permissions of deno.json, or the executable that
// RTCOUNT_BIN names.

import { fileURLToPath } from "node:url";
import { freePorts } from "../machine/free_ports.ts";
import { getPage, type Page, readMetrics } from "./page.ts";
import { assertAccount } from "./record_account.ts";

const BINARY = Deno.env.get("RTCOUNT_BIN");
/** A wait asks less often the longer it lasts, since each answer takes the program's and the test's processor time. */
const POLL_MS = { first: 20, last: 100 } as const;
/** So many times does a wait ask while it doubles. */
const POLLS_PER_DOUBLING = 10;
const WAIT_MS = 180_000;
/** A process that a test has frozen gives no account. */
const ACCOUNT_WAIT_MS = 2_000;
const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** Whether it is the executable that is tested: start time and footprint are those of the executable. */
export const compiled: boolean = BINARY !== undefined;

export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface StartOptions {
  /** A file to be run from source in place of main.ts. */
  readonly entry?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The command line, program first. */
export function rtcountCommand(args: readonly string[], entry?: string): string[] {
  if (BINARY !== undefined && entry === undefined) return [BINARY, ...args];
  const run = ["run", "--quiet", "--no-prompt", "--permission-set=rtcount"];
  return [Deno.execPath(), ...run, entry ?? MAIN, ...args];
}

/** Runs it to its end. */
export async function runRtcount(args: readonly string[], options: StartOptions = {}): Promise<Finished> {
  await using rtcount = new RtcountProcess(args, options);
  const status = await rtcount.status;
  return { status, stdout: rtcount.stdout, stderr: rtcount.stderr };
}

/** A running program. `await using` ends it at the end of its block. */
export class RtcountProcess implements AsyncDisposable {
  /** Its standard error so far. */
  stdout = "";
  stderr = "";
  /** Its exit status, once it and its output have ended; 128 + the signal's number if a signal ended it. */
  readonly status: Promise<number>;
  readonly #child: Deno.ChildProcess;
  #hasEnded = false;

  constructor(args: readonly string[], options: StartOptions = {}) {
    const { entry, stdin, env = {} } = options;
    const [program, ...rest] = rtcountCommand(args, entry);
    this.#child = new Deno.Command(program, {
      args: rest,
      // Times are shown as the oracle writes them, colours would be in the way.
      env: { TZ: "UTC", NO_COLOR: "1", ...env },
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const ended = [
      collect(this.#child.stdout, (text) => this.stdout += text),
      collect(this.#child.stderr, (text) => this.stderr += text),
    ];
    if (stdin !== undefined) ended.push(writeAll(this.#child.stdin, stdin));
    this.status = Promise.all(ended).then(() => this.#child.status).then(({ code }) => {
      this.#hasEnded = true;
      return code;
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Asks again and again until `probe` gives a value; when it never does, what the program said is in the error. */
  async waitFor<T>(
    what: string,
    probe: () => T | undefined | false | Promise<T | undefined | false>,
  ): Promise<T> {
    const begunMs = performance.now();
    while (true) {
      const waitedMs = performance.now() - begunMs;
      const isLast = this.#hasEnded || waitedMs > WAIT_MS;
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      if (isLast) break;
      const pauseMs = Math.min(POLL_MS.last, Math.max(POLL_MS.first, waitedMs / POLLS_PER_DOUBLING));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    const why = this.#hasEnded ? "the program has ended" : `nothing for ${WAIT_MS / 1_000} s`;
    throw new Error(`waited for ${what}: ${why}; it said:\n${this.stderr.slice(-4_000)}`);
  }

  /** Waits until its standard error has what is wanted: a line may come a moment after what it reports. */
  async waitForLine(wanted: RegExp): Promise<void> {
    await this.waitFor(`${wanted} in the log`, () => wanted.test(this.stderr));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
    await this.status;
  }
}

/** A daemon with its HTTP address. */
export class RtcountDaemon extends RtcountProcess {
  readonly url: string;
  /** There as long as the daemon runs. */
  readonly configFile: string;

  /** Starts `run` on a configuration given as paths and values; HTTP on a free port. */
  constructor(settings: Readonly<Record<string, unknown>>, options: StartOptions = {}) {
    const [port] = freePorts(1);
    const configFile = Deno.makeTempFileSync({ prefix: "rtcount-", suffix: ".yaml" });
    // JSON is YAML.
    Deno.writeTextFileSync(
      configFile,
      JSON.stringify({ http: { listen: `127.0.0.1:${port}` }, ...settings }),
    );
    super(["run", "--config", configFile], options);
    this.url = `http://127.0.0.1:${port}`;
    this.configFile = configFile;
    this.status.finally(() => Deno.removeSync(configFile));
  }

  get(path: string): Promise<Page | undefined> {
    return getPage(this.url + path);
  }

  /** Before its end every daemon that answers gives an account of the records that it has read. */
  override async [Symbol.asyncDispose](): Promise<void> {
    const waiting = new AbortController();
    const answer = this.get("/metrics");
    try {
      const page = await Promise.race([answer, sleep(ACCOUNT_WAIT_MS, waiting.signal)]);
      if (page?.status === 200) assertAccount(readMetrics(page.text));
    } finally {
      waiting.abort();
      await super[Symbol.asyncDispose]();
      await answer;
    }
  }

  /** Waits for this status at `/readyz`. */
  async waitForReadiness(status: 200 | 503 = 200): Promise<void> {
    await this.waitFor(`${status} at /readyz`, async () => (await this.get("/readyz"))?.status === status);
  }

  /** The value of a metric, named with its labels as `/metrics` prints them; undefined while there is none. */
  async metric(name: string): Promise<number | undefined> {
    const page = await this.get("/metrics");
    return page === undefined ? undefined : readMetrics(page.text).get(name);
  }

  /** Waits until that metric is at least `wanted`; returns what it was then. */
  async metricAtLeast(name: string, wanted: number): Promise<number> {
    return await this.waitFor(`${name} >= ${wanted}`, async () => {
      const value = await this.metric(name);
      return value !== undefined && value >= wanted && value;
    });
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });
}

async function collect(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) take(text);
}

async function writeAll(stream: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = stream.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
}
