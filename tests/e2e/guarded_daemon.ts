// A daemon with TLS and a password, and a scraper of it at an address of its own.

import assert from "node:assert/strict";
import { join } from "node:path";
import bcrypt from "bcryptjs";
import { freePorts } from "../machine/free_ports.ts";
import { CertificateAuthority } from "../machine/kafka/certificates.ts";
import type { FloodTarget } from "./floods.ts";
import { readMetrics } from "./page.ts";
import { RtcountProcess } from "./rtcount_process.ts";

const USER = "prometheus";
const PASSWORD = "open-sesame-4711";
const SCRAPER_ADDRESS = "127.0.0.2";
/** Those who only look at a metric take nothing of the scraper's share. */
const OBSERVER_ADDRESS = "127.0.0.3";
const SCRAPE_INTERVAL_MS = 1_000;
const SCRAPE_TIMEOUT_SECONDS = 5;

export class GuardedDaemon implements AsyncDisposable {
  readonly process: RtcountProcess;
  readonly target: FloodTarget;
  readonly #folder: string;

  private constructor(process: RtcountProcess, target: FloodTarget, folder: string) {
    this.process = process;
    this.target = target;
    this.#folder = folder;
  }

  /** Resolves when it answers. */
  static async start(settings: Readonly<Record<string, unknown>>): Promise<GuardedDaemon> {
    await using authority = await CertificateAuthority.make("rtcount-test");
    const folder = await Deno.makeTempDir({ prefix: "rtcount-guarded-" });
    const { certificateFile, keyFile } = await authority.issue("localhost", { names: "IP:127.0.0.1" });
    const [cert_file, key_file, password_file, configFile] = ["cert", "key", "password", "rtcount.yaml"]
      .map((name) => join(folder, name));
    await Deno.copyFile(certificateFile, cert_file);
    await Deno.copyFile(keyFile, key_file);
    await Deno.copyFile(authority.file, join(folder, "ca"));
    await Deno.writeTextFile(password_file, bcrypt.hashSync(PASSWORD, 10));
    const [port] = freePorts(1);
    const http = {
      listen: `127.0.0.1:${port}`,
      tls: { cert_file, key_file },
      basic_auth: { username: USER, password_file },
    };
    await Deno.writeTextFile(configFile, JSON.stringify({ ...settings, http }));
    const ca = await Deno.readTextFile(authority.file);
    const authorization = `Basic ${btoa(`${USER}:${PASSWORD}`)}`;
    const process = new RtcountProcess(["run", "--config", configFile]);
    const daemon = new GuardedDaemon(process, { port, ca, authorization }, folder);
    await process.waitFor("an answer", async () => await daemon.get("/", { withLogin: false }) === 401);
    return daemon;
  }

  /** The status of an answer to another address than 127.0.0.1; undefined without an answer in time. */
  async get(path: string, { withLogin = true } = {}): Promise<number | undefined> {
    return Number(/ (\d{3})/.exec(await this.#curl(path, { withLogin, address: SCRAPER_ADDRESS }))?.[1]) ||
      undefined;
  }

  /** Undefined without an answer in time. */
  async metric(name: string): Promise<number | undefined> {
    const text = await this.#curl("/metrics", { withLogin: true, address: OBSERVER_ADDRESS });
    const body = text.slice(text.indexOf("\r\n\r\n") + 4);
    return text.startsWith("HTTP/1.1 200") ? readMetrics(body).get(name) : undefined;
  }

  /** Head and body. */
  async #curl(
    path: string,
    { withLogin, address }: { readonly withLogin: boolean; readonly address: string },
  ): Promise<string> {
    const login = withLogin ? ["--user", `${USER}:${PASSWORD}`] : [];
    const { stdout } = await new Deno.Command("curl", {
      args: [
        ...["--silent", "--include", "--no-buffer", "--max-time", `${SCRAPE_TIMEOUT_SECONDS}`],
        ...["--interface", address, "--cacert", join(this.#folder, "ca"), ...login],
        `https://127.0.0.1:${this.target.port}${path}`,
      ],
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Scrapes every second until it is disposed of, and then fails if a scrape was lost. */
export class Scraper implements AsyncDisposable {
  readonly #daemon: GuardedDaemon;
  readonly #ending = new AbortController();
  readonly #scraping: Promise<void>;
  readonly #statuses: (number | undefined)[] = [];

  constructor(daemon: GuardedDaemon) {
    this.#daemon = daemon;
    this.#scraping = this.#scrape();
  }

  async #scrape(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const [status] = await Promise.all([
        this.#daemon.get("/metrics"),
        new Promise((resolve) => setTimeout(resolve, SCRAPE_INTERVAL_MS)),
      ]);
      this.#statuses.push(status);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#scraping;
    const lost = this.#statuses.filter((status) => status !== 200);
    assert.deepEqual(lost, [], `${lost.length} of ${this.#statuses.length} scrapes are lost`);
  }
}
