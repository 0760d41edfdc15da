// Debian's Prometheus on the files that are shipped: the ports are others, the folders are a test's own.

import { dirname, join } from "node:path";
import { getPage, type Page } from "../e2e/page.ts";
import { freePorts } from "./free_ports.ts";
import { MONITORING } from "../monitoring/shipped_files.ts";

const POLL_MS = 200;
const WAIT_MS = 120_000;

export interface Targets {
  /** Ports of the application's processes. */
  readonly rtcount: readonly number[];
  readonly nodeExporter: number;
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** A running server. `await using` ends it at the end of its block. */
export class PrometheusServer implements AsyncDisposable {
  readonly url: string;
  readonly #folder: string;
  readonly #child: Deno.ChildProcess;

  private constructor(port: number, folder: string) {
    this.url = `http://127.0.0.1:${port}`;
    this.#folder = folder;
    const options = [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--web.console.templates=${join(folder, "consoles")}`,
      // There are none in Prometheus 3.
      `--web.console.libraries=${join(folder, "console_libraries")}`,
    ];
    // The shell is there for the log file alone; by `exec` the process id is Prometheus's.
    this.#child = new Deno.Command("sh", {
      args: ["-c", `log=$1; shift; exec "$@" 2>"$log"`, "sh", this.#logFile, "prometheus", ...options],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** On the files that are shipped. */
  static async start(targets: Targets): Promise<PrometheusServer> {
    return await PrometheusServer.#startOn((folder, port) =>
      layOut(folder, {
        "localhost:9090": [port],
        "localhost:8000": targets.rtcount,
        "localhost:9100": [targets.nodeExporter],
      })
    );
  }

  /** On files of a test's own, by their paths; one of them is `prometheus.yml`. */
  static async startWith(files: Readonly<Record<string, string>>): Promise<PrometheusServer> {
    return await PrometheusServer.#startOn(async (folder) => {
      for (const [path, text] of Object.entries(files)) {
        await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
        await Deno.writeTextFile(join(folder, path), text);
      }
    });
  }

  static async #startOn(
    writeFiles: (folder: string, port: number) => Promise<void>,
  ): Promise<PrometheusServer> {
    const folder = await Deno.makeTempDir({ prefix: "rtcount-prometheus-" });
    const [port] = freePorts(1);
    await writeFiles(folder, port);
    const server = new PrometheusServer(port, folder);
    try {
      await server.waitFor("an answer", async () => (await server.get("/-/ready"))?.status === 200);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  get(path: string): Promise<Page | undefined> {
    return getPage(this.url + path);
  }

  /** The answer of `/api/v1/`. @throws {Error} with Prometheus's message for a refused query */
  async ask<T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
    const page = await this.get(`/api/v1/${path}?${new URLSearchParams(parameters)}`);
    if (page === undefined) throw new Error(`Prometheus does not answer: ${await this.#log()}`);
    const { status, error, data } = JSON.parse(page.text);
    if (status !== "success") throw new Error(`${JSON.stringify(parameters)}: ${error}`);
    return data;
  }

  /** The series of an expression now; a number is a series without labels. */
  async query(query: string): Promise<Series[]> {
    const { resultType, result } = await this.ask<{ resultType: string; result: unknown }>("query", {
      query,
    });
    if (resultType === "scalar") return [{ labels: {}, values: [Number((result as [number, string])[1])] }];
    return (result as { metric: Record<string, string>; value: [number, string] }[])
      .map(({ metric, value: [, value] }) => ({ labels: metric, values: [Number(value)] }));
  }

  /** The same over the last seconds, as a graph asks for it. */
  async queryRange(query: string, seconds: number): Promise<Series[]> {
    const end = Date.now() / 1000;
    const range = { start: String(end - seconds), end: String(end), step: "2" };
    const { result } = await this.ask<
      { result: { metric: Record<string, string>; values: [number, string][] }[] }
    >(
      "query_range",
      { query, ...range },
    );
    return result.map(({ metric, values }) => ({
      labels: metric,
      values: values.map(([, value]) => Number(value)),
    }));
  }

  /** Asks again and again until `probe` gives a value; when it never does, the server's log is in the error. */
  async waitFor<T>(what: string, probe: () => Promise<T | undefined | false>): Promise<T> {
    const deadlineMs = performance.now() + WAIT_MS;
    while (true) {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      if (performance.now() > deadlineMs) break;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`waited for ${what} for ${WAIT_MS / 1_000} s; Prometheus said:\n${await this.#log()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await Deno.remove(this.#folder, { recursive: true });
  }

  get #logFile(): string {
    return join(this.#folder, "prometheus.log");
  }

  async #log(): Promise<string> {
    return (await Deno.readTextFile(this.#logFile)).slice(-4_000);
  }
}

/** Copies what is shipped; `ports` are those in place of an address. */
async function layOut(folder: string, ports: Readonly<Record<string, readonly number[]>>): Promise<void> {
  let config = await Deno.readTextFile(new URL("prometheus.yml", MONITORING));
  for (const [address, others] of Object.entries(ports)) {
    const parts = config.split(address);
    if (parts.length !== 2) {
      throw new Error(`prometheus.yml names ${address} ${parts.length - 1} times, wanted once`);
    }
    config = parts.join(others.map((port) => `localhost:${port}`).join(", "));
  }
  await Deno.writeTextFile(join(folder, "prometheus.yml"), config);
  for (const name of ["rules", "consoles"]) {
    await Deno.mkdir(join(folder, name));
    for await (const file of Deno.readDir(new URL(name, MONITORING))) {
      await Deno.copyFile(new URL(`${name}/${file.name}`, MONITORING), join(folder, name, file.name));
    }
  }
}
