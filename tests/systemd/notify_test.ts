import assert from "node:assert/strict";
import type { Log } from "../../lib/log/log.ts";
import { Notifier, notifierFor, type NotifyingService } from "../../lib/systemd/notify.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { silentLog } from "../fakes/silent_log.ts";
import { ServiceManager } from "./service_manager.ts";
import { settle } from "../fakes/settle.ts";

const STATUS = "STATUS=412 records/s, lag 0";
const PID = 4711;

class WarningLog {
  readonly warnings: string[] = [];
  readonly log: Log = {
    ...silentLog,
    warn: (message, { error } = {}) => this.warnings.push(`${message}: ${error}`),
  };
}

function service(): NotifyingService & { ok: boolean } {
  return {
    ok: true,
    health() {
      return { ok: this.ok };
    },
    summary: () => ({ notReady: undefined, recordsPerSecond: 412, lag: 0, topWord: undefined }),
  };
}

/** A notifier whose socket records the messages, or calls `send` with them. */
function rig({ pingMs, send }: { pingMs?: number; send?: () => Promise<void> } = {}) {
  const clock = new ManualClock();
  const messages: string[] = [];
  const { warnings, log } = new WarningLog();
  const notifier = new Notifier({
    socket: {
      send(message) {
        messages.push(message);
        return send?.() ?? Promise.resolve();
      },
      close() {},
    },
    pingMs,
    clock,
    monotonicUsec: () => 1_234_567,
    log,
  });
  /** Advances the clock; returns the messages sent meanwhile. */
  async function sentIn(ms: number): Promise<string[]> {
    const before = messages.length;
    for (let passedMs = 0; passedMs < ms; passedMs += 500) {
      clock.advance(500);
      await settle();
    }
    return messages.slice(before);
  }
  return { notifier, messages, warnings, sentIn };
}

Deno.test("Notifier.ready() reports readiness, and then the status every five seconds", async () => {
  const { notifier, messages, sentIn } = rig();
  notifier.ready(service());
  await settle();
  assert.deepEqual(messages, [`READY=1\n${STATUS}`]);
  assert.deepEqual(await sentIn(4_500), []);
  assert.deepEqual(await sentIn(500), [STATUS]);
  assert.deepEqual(await sentIn(10_000), [STATUS, STATUS]);
  notifier.close();
  assert.deepEqual(await sentIn(10_000), []);
});

Deno.test("Notifier.ready() pings only while the service is healthy", async () => {
  const { notifier, sentIn } = rig({ pingMs: 1_500 });
  const served = service();
  notifier.ready(served);
  await settle();
  assert.deepEqual(await sentIn(4_500), ["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]);
  served.ok = false;
  assert.deepEqual(await sentIn(10_000), [STATUS, STATUS]);
  served.ok = true;
  assert.deepEqual(await sentIn(500), [STATUS, "WATCHDOG=1"]);
  notifier.close();
});

Deno.test("Notifier reports a reload and the stop in the order in which they happen", async () => {
  const { notifier, messages } = rig();
  notifier.reloading();
  notifier.reloaded();
  notifier.stopping();
  await settle();
  assert.deepEqual(messages, ["RELOADING=1\nMONOTONIC_USEC=1234567", "READY=1", "STOPPING=1"]);
  notifier.close();
});

Deno.test("Notifier continues if messages cannot be sent, and warns once", async () => {
  const { notifier, warnings, sentIn } = rig({
    pingMs: 1_000,
    send: () => Promise.reject(new Deno.errors.ConnectionRefused("nobody there")),
  });
  notifier.ready(service());
  notifier.reloading();
  await sentIn(20_000);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /cannot notify the service manager.*nobody there/);
  notifier.close();
});

Deno.test("Notifier keeps few messages for a manager that does not read", async () => {
  const taken = Promise.withResolvers<void>();
  const { notifier, messages, warnings, sentIn } = rig({ pingMs: 1_000, send: () => taken.promise });
  notifier.ready(service());
  await sentIn(60_000);
  for (let i = 0; i < 100; i++) notifier.reloaded();
  taken.resolve();
  await settle();
  const kept = [`READY=1\n${STATUS}`, "WATCHDOG=1", STATUS, ...Array(13).fill("READY=1")];
  assert.deepEqual(messages, kept, "status and pings do not accumulate");
  assert.equal(warnings.length, 1);
  assert.deepEqual(await sentIn(1_000), ["WATCHDOG=1"]);
  notifier.close();
});

for (const abstract of [false, true]) {
  Deno.test(`notifierFor() sends to ${abstract ? "a name in the abstract namespace" : "a path"}`, async () => {
    using manager = new ServiceManager({ abstract });
    const folder = Deno.makeTempDirSync({ prefix: "rtcount-run-" });
    const env: Record<string, string> = { NOTIFY_SOCKET: manager.address, RUNTIME_DIRECTORY: folder };
    const notifier = notifierFor((name) => env[name], { ...surroundings(), log: silentLog });
    assert.deepEqual([...Deno.readDirSync(folder)], [], "it leaves nothing behind");
    notifier?.ready(service());
    notifier?.stopping();
    await manager.waitFor((messages) => messages.length === 2);
    assert.deepEqual(manager.messages, [["READY=1", STATUS], ["STOPPING=1"]]);
    notifier?.close();
    Deno.removeSync(folder);
  });
}

Deno.test("notifierFor() pings at half of WATCHDOG_USEC if WATCHDOG_PID is this process", async () => {
  const cases: [env: Record<string, string>, pings: number][] = [
    [{}, 0],
    [{ WATCHDOG_USEC: "4000000" }, 5],
    [{ WATCHDOG_USEC: "4000000", WATCHDOG_PID: String(PID) }, 5],
    [{ WATCHDOG_USEC: "4000000", WATCHDOG_PID: "1" }, 0],
  ];
  for (const [watchdog, pings] of cases) {
    using manager = new ServiceManager();
    const env: Record<string, string> = { NOTIFY_SOCKET: manager.address, ...watchdog };
    const clock = new ManualClock();
    const notifier = notifierFor((name) => env[name], { ...surroundings(), clock, log: silentLog });
    notifier?.ready(service());
    await manager.waitFor((messages) => messages.length >= 1);
    for (let i = 0; i < 10; i++) {
      clock.advance(1_000);
      await settle();
      // The next ping is due when this one is sent.
      await manager.waitForSent();
      await settle();
    }
    notifier?.stopping();
    await manager.waitFor((messages) => messages.some(([first]) => first === "STOPPING=1"));
    const received = manager.messages.filter(([first]) => first === "WATCHDOG=1").length;
    assert.equal(received, pings, JSON.stringify(watchdog));
    notifier?.close();
  }
});

Deno.test("notifierFor() returns undefined without NOTIFY_SOCKET, and warns of invalid settings", () => {
  const cases: [env: Record<string, string>, warning: RegExp | undefined][] = [
    [{}, undefined],
    [{ NOTIFY_SOCKET: "" }, undefined],
    [{ WATCHDOG_USEC: "x" }, undefined],
    [{ NOTIFY_SOCKET: "vsock:2:1234" }, /NOTIFY_SOCKET is "vsock:2:1234", wanted an absolute path or @NAME/],
    [{ NOTIFY_SOCKET: "@" }, /NOTIFY_SOCKET is "@"/],
    [{ NOTIFY_SOCKET: "/run/x", WATCHDOG_USEC: "0" }, /WATCHDOG_USEC is "0", wanted a whole number/],
    [{ NOTIFY_SOCKET: "/run/x", RUNTIME_DIRECTORY: "/nowhere/at/all" }, /cannot notify.*NotFound/],
  ];
  for (const [env, warning] of cases) {
    const { warnings, log } = new WarningLog();
    assert.equal(notifierFor((name) => env[name], { ...surroundings(), log }), undefined);
    assert.equal(warnings.length, warning === undefined ? 0 : 1, JSON.stringify(env));
    if (warning !== undefined) assert.match(warnings[0], warning);
  }
});

function surroundings() {
  return { clock: new ManualClock(), monotonicUsec: () => 0, pid: PID };
}
