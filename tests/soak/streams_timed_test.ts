// Measures what listeners of /api/v1/stream cost the counting. The same lines are counted by turns with two hundred
// listeners and with none. Windows close four times as often as by default.

import assert from "node:assert/strict";
import type { RtcountDaemon } from "../e2e/rtcount_process.ts";
import { median } from "../oracle/median.ts";
import { countLines, type Measured, writeLines } from "./counted_lines.ts";
import { isLong, soakLength } from "./soak_length.ts";

const LISTENERS = 200;
const LINES = soakLength({ short: 200_000, long: 5_000_000 });
const PAIRS = soakLength({ short: 1, long: 11 });
/** Share of the throughput. A short measurement on a busy machine is inaccurate. */
const MAX_COST = soakLength({ short: 1, long: 0.05 });
const MAX_GROWN_BYTES = 64e6;

/** Listeners that read the events, but the first one, which reads nothing. */
class Audience implements AsyncDisposable {
  events = 0;
  readonly #conns: Deno.TcpConn[] = [];
  readonly #reading: Promise<void>[] = [];

  static async gather(daemon: RtcountDaemon, listeners: number): Promise<Audience> {
    const audience = new Audience();
    const { hostname, port } = new URL(daemon.url);
    for (let n = 0; n < listeners; n++) {
      const conn = await Deno.connect({ hostname, port: Number(port) });
      audience.#conns.push(conn);
      await conn.write(new TextEncoder().encode("GET /api/v1/stream HTTP/1.1\r\nHost: x\r\n\r\n"));
      // Connecting happens once; the test measures listening.
      assert.ok(await conn.read(new Uint8Array(16 * 1024)));
      if (n > 0) audience.#reading.push(audience.#read(conn));
    }
    return audience;
  }

  async #read(conn: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(16 * 1024);
    const decoder = new TextDecoder();
    for (let n = await this.#readSome(conn, buffer); n > 0; n = await this.#readSome(conn, buffer)) {
      this.events += decoder.decode(buffer.subarray(0, n)).split("event: window\n").length - 1;
    }
  }

  /** 0 at the end, which here is our own side's close. */
  async #readSome(conn: Deno.TcpConn, buffer: Uint8Array): Promise<number> {
    try {
      return await conn.read(buffer) ?? 0;
    } catch (error) {
      if (error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.BadResource) return 0;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const conn of this.#conns) conn.close();
    await Promise.all(this.#reading);
  }
}

Deno.test(`${LISTENERS} listeners, one of them slow, cost the counting almost nothing`, async () => {
  const file = Deno.makeTempFileSync({ prefix: "rtcount-lines-" });
  const measure = (listeners: number) =>
    countLines({ file, lines: LINES }, (daemon) => Audience.gather(daemon, listeners));
  try {
    writeLines(file, LINES);
    const without: Measured[] = [];
    const withListeners: (Measured & { readonly clients: Audience })[] = [];
    for (let n = 0; n < PAIRS; n++) {
      // Change the order, because the first run may be slower or faster.
      if (n % 2 === 0) without.push(await measure(0));
      withListeners.push(await measure(LISTENERS));
      if (n % 2 === 1) without.push(await measure(0));
    }
    const of = (name: keyof Measured, all: readonly Measured[]) => median(all.map((one) => one[name]));
    const [secondsBefore, seconds] = [of("seconds", without), of("seconds", withListeners)];
    const cost = 1 - secondsBefore / seconds;
    const grownBytes = of("residentBytes", withListeners) - of("residentBytes", without);
    const events = median(withListeners.map(({ clients }) => clients.events));
    console.log(
      `${LINES} lines, ${PAIRS} times: ${secondsBefore.toFixed(2)} s without listeners, ` +
        `${seconds.toFixed(2)} s with them: ${(cost * 100).toFixed(1)} % of the throughput; ` +
        `${of("cpuSeconds", without).toFixed(2)} and ${of("cpuSeconds", withListeners).toFixed(2)} s of ` +
        `processor time, ${events} events, ${(grownBytes / 1e6).toFixed(1)} MB more memory`,
    );
    for (const { clients } of withListeners) {
      assert.ok(clients.events >= LISTENERS - 1, `${clients.events} events`);
    }
    assert.ok(grownBytes < MAX_GROWN_BYTES, `${grownBytes} bytes`);
    assert.ok(cost < MAX_COST, `${cost}${isLong ? "" : ", in a short measurement"}`);
  } finally {
    Deno.removeSync(file);
  }
});
