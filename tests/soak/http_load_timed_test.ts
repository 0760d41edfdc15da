// Measures what unauthenticated clients cost the counting. The same lines are counted by turns with and without load: wrk
// requests /metrics as fast as it can, and slow clients keep their connections. The test compares processor time, which
// neither wrk nor other programs on the machine change.

import assert from "node:assert/strict";
import type { RtcountDaemon } from "../e2e/rtcount_process.ts";
import { missingPrograms } from "../machine/machine.ts";
import { median } from "../oracle/median.ts";
import { countLines, type Measured, writeLines } from "./counted_lines.ts";
import { soakLength } from "./soak_length.ts";

const LINES = soakLength({ short: 200_000, long: 5_000_000 });
const PAIRS = soakLength({ short: 3, long: 11 });
/** Share of the throughput. A short measurement is inaccurate. */
const MAX_COST = soakLength({ short: 1, long: 0.05 });
const MAX_GROWN_BYTES = 64e6;
const WRK_CONNECTIONS = 64;
const SLOW_CLIENTS = 100;
const SLOW_BYTE_MS = 1000;

/** wrk, and clients that send their requests byte by byte. */
class LoadClients implements AsyncDisposable {
  /** The number of requests that wrk had answered at its end. */
  answered = 0;
  readonly #wrk: Deno.ChildProcess;
  readonly #conns: Deno.TcpConn[] = [];
  readonly #trickle: ReturnType<typeof setInterval>;

  private constructor(wrk: Deno.ChildProcess) {
    this.#wrk = wrk;
    this.#trickle = setInterval(() => this.#sendByte(), SLOW_BYTE_MS);
  }

  static async gather({ url }: RtcountDaemon): Promise<LoadClients> {
    const args = ["--threads", "1", "--connections", `${WRK_CONNECTIONS}`, "--duration", "600s"];
    const clients = new LoadClients(
      new Deno.Command("wrk", { args: [...args, `${url}/metrics`], stdout: "piped", stderr: "null" }).spawn(),
    );
    const { hostname, port } = new URL(url);
    for (let n = 0; n < SLOW_CLIENTS; n++) {
      const conn = await Deno.connect({ hostname, port: Number(port) });
      await conn.write(new TextEncoder().encode("GET /metrics HTTP/1.1\r\nX-"));
      clients.#conns.push(conn);
    }
    return clients;
  }

  /** A client whose connection is closed does not return. */
  #sendByte(): void {
    for (const conn of this.#conns) conn.write(Uint8Array.of(0x61)).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#trickle);
    for (const conn of this.#conns) conn.close();
    this.#wrk.kill("SIGINT");
    const { stdout } = await this.#wrk.output();
    this.answered = Number(/(\d+) requests in/.exec(new TextDecoder().decode(stdout))?.[1]);
  }
}

const NO_CLIENTS = { gather: () => Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() }) };

Deno.test({
  name: "wrk and slow clients cost the counting almost nothing",
  ignore: missingPrograms("wrk").length > 0,
  async fn() {
    const file = Deno.makeTempFileSync({ prefix: "rtcount-lines-" });
    try {
      writeLines(file, LINES);
      const lines = { file, lines: LINES };
      const alone: Measured[] = [];
      const loaded: (Measured & { readonly clients: LoadClients })[] = [];
      for (let n = 0; n < PAIRS; n++) {
        // Change the order, because the first run may be slower or faster.
        if (n % 2 === 0) alone.push(await countLines(lines, NO_CLIENTS.gather));
        loaded.push(await countLines(lines, LoadClients.gather));
        if (n % 2 === 1) alone.push(await countLines(lines, NO_CLIENTS.gather));
      }
      const of = (name: keyof Measured, all: readonly Measured[]) => median(all.map((one) => one[name]));
      const cost = 1 - of("cpuSeconds", alone) / of("cpuSeconds", loaded);
      const grownBytes = of("residentBytes", loaded) - of("residentBytes", alone);
      const answered = median(loaded.map(({ clients }) => clients.answered));
      console.log(
        `${LINES} lines, ${PAIRS} times: ${of("cpuSeconds", alone).toFixed(2)} s of processor time alone, ` +
          `${of("cpuSeconds", loaded).toFixed(2)} s with wrk and ${SLOW_CLIENTS} slow clients: ` +
          `${(cost * 100).toFixed(1)} %; ${of("seconds", alone).toFixed(2)} and ` +
          `${of("seconds", loaded).toFixed(2)} s by the clock, ${answered} answers to wrk, ` +
          `${(grownBytes / 1e6).toFixed(1)} MB more memory`,
      );
      for (const { clients } of loaded) assert.ok(clients.answered > 0, "wrk had no answer");
      assert.ok(grownBytes < MAX_GROWN_BYTES, `${grownBytes} bytes`);
      assert.ok(cost < MAX_COST, `${cost}`);
    } finally {
      Deno.removeSync(file);
    }
  },
});
