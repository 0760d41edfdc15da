// Debian's Prometheus, on a free port and in a folder of its own.

import { join } from "node:path";
import { freePorts } from "../free_ports.ts";
import { missingPrograms } from "../machine.ts";

const START_TIMEOUT_MS = 30_000;
const RETRY_MS = 50;

/** Whether it is not installed. For `ignore` of the tests that need it. */
export const missingPrometheus: boolean = missingPrograms("prometheus").length > 0;

export class PrometheusServer implements AsyncDisposable {
  readonly url: string;
  readonly #folder: string;
  readonly #child: Deno.ChildProcess;
  readonly #said: Promise<string>;

  private constructor(url: string, folder: string) {
    this.url = url;
    this.#folder = folder;
    this.#child = new Deno.Command("prometheus", {
      args: [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        `--web.listen-address=${new URL(url).host}`,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#said = new Response(this.#child.stderr).text();
  }

  /**
   * Starts it and waits until it is ready. Files are laid out in its folder by name; one of them is `prometheus.yml`.
   * `{SELF}` in them is its own address.
   */
  static async start(files: Readonly<Record<string, string>>): Promise<PrometheusServer> {
    const [port] = freePorts(1);
    const folder = await Deno.makeTempDir({ prefix: "rtcount-prometheus-" });
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, name);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.writeTextFile(path, text.replaceAll("{SELF}", `127.0.0.1:${port}`));
    }
    const server = new PrometheusServer(`http://127.0.0.1:${port}`, folder);
    try {
      await server.#waitUntilReady();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  /** Asks again and again until an instant query has a result; returns its first value. */
  async waitForQuery(expression: string): Promise<number> {
    const path = `/api/v1/query?query=${encodeURIComponent(expression)}`;
    return await this.#waitFor(expression, async () => {
      const { data } = await (await fetch(this.url + path)).json();
      const value = data?.result?.[0]?.value?.[1];
      return value === undefined ? undefined : Number(value);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
    await this.#child.status;
    await this.#said;
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #waitUntilReady(): Promise<void> {
    let hasEnded = false;
    this.#child.status.then(() => hasEnded = true);
    await this.#waitFor("/-/ready", async () => {
      if (hasEnded) throw new Error(`Prometheus has ended:\n${(await this.#said).slice(-4_000)}`);
      try {
        const response = await fetch(`${this.url}/-/ready`);
        await response.body?.cancel();
        return response.ok || undefined;
      } catch (error) {
        if (error instanceof TypeError) return undefined; // it does not listen yet
        throw error;
      }
    });
  }

  async #waitFor<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    while (performance.now() < deadlineMs) {
      const value = await probe();
      if (value !== undefined) return value;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    throw new Error(`waited for ${what} at ${this.url}: nothing for ${START_TIMEOUT_MS / 1_000} s`);
  }
}
