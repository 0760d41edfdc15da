// The daemon as a service manager sees it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { ServiceManager } from "../systemd/service_manager.ts";
import { RtcountDaemon } from "./rtcount_process.ts";

const SETTINGS = {
  source: { synthetic: { tasks: [{ name: "a", rate: 200 }], delta_min: 0, delta_max: 0 } },
  window: { length: "1s", slide: "500ms" },
  output: { console: false },
};

/** The assignments of all messages that begin with one of `name`. */
function named(messages: readonly string[][], name: string): readonly string[][] {
  return messages.filter(([first]) => first.startsWith(`${name}=`));
}

Deno.test("rtcount run tells a service manager that it is ready, lives, reloads and stops", async () => {
  using manager = new ServiceManager();
  await using daemon = new RtcountDaemon(SETTINGS, {
    env: { NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: "400000" },
  });
  const [ready, status] = await manager.waitFor((messages) => messages[0]);
  assert.equal(ready, "READY=1");
  assert.match(status, /^STATUS=\d+ records\/s/);
  assert.equal((await daemon.get("/healthz"))?.status, 200, "it serves when it says that it is ready");
  await manager.waitFor((messages) => named(messages, "WATCHDOG").length >= 5);
  const busy = /^STATUS=(1|2)\d\d records\/s, lag \d+, top word \('[^']+', \d+\)$/;
  await manager.waitFor((messages) => named(messages, "STATUS").some(([line]) => busy.test(line)));

  daemon.kill("SIGHUP");
  const [reloading, monotonic] = await manager.waitFor((messages) => named(messages, "RELOADING")[0]);
  assert.equal(reloading, "RELOADING=1");
  const uptimeUsec = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1e6;
  const aheadUsec = Number(/^MONOTONIC_USEC=(\d+)$/.exec(monotonic)?.[1]) - uptimeUsec;
  assert.ok(Math.abs(aheadUsec) < 60e6, `${monotonic}, the system is up for ${uptimeUsec} microseconds`);
  await manager.waitFor((messages) => messages.some((lines) => lines.length === 1 && lines[0] === "READY=1"));

  daemon.kill("SIGTERM");
  assert.equal(await daemon.status, 0, daemon.stderr);
  await manager.waitFor((messages) => named(messages, "STOPPING")[0]);
  assert.doesNotMatch(daemon.stderr, /WARNING|ERROR/);
});

Deno.test("rtcount run sends no more pings while it hangs", async () => {
  using manager = new ServiceManager();
  await using daemon = new RtcountDaemon(SETTINGS, {
    env: { NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: "200000" },
  });
  await manager.waitFor((messages) => named(messages, "WATCHDOG").length >= 2);
  daemon.kill("SIGSTOP");
  await daemon.waitFor(
    "its halt",
    () => /^State:\s+T/m.test(readFileSync(`/proc/${daemon.pid}/status`, "utf8")),
  );
  await manager.waitForSent();
  const before = manager.messages.length;
  await new Promise((resolve) => setTimeout(resolve, 1_000)); // long enough for ten
  await manager.waitForSent();
  assert.equal(manager.messages.length, before);
  daemon.kill("SIGCONT");
  await manager.waitFor((messages) => named(messages, "WATCHDOG").length > before + 1);
});

Deno.test("rtcount run goes on where the service manager has gone, and says so once", async () => {
  const manager = new ServiceManager();
  await using daemon = new RtcountDaemon(SETTINGS, {
    env: { NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: "200000" },
  });
  await manager.waitFor((messages) => named(messages, "WATCHDOG").length >= 2);
  manager[Symbol.dispose]();
  await daemon.waitFor(
    "a warning",
    () => /WARNING \[rtcount\.systemd\].*cannot notify the service manager/.test(daemon.stderr),
  );
  await daemon.metricAtLeast("rtcount_windows_closed_total", 5);
  assert.equal(daemon.stderr.match(/WARNING/g)?.length, 1, daemon.stderr);
  daemon.kill("SIGTERM");
  assert.equal(await daemon.status, 0, daemon.stderr);
});
