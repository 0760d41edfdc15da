// Runs the daemon in this process, with what surrounds it: signals, reloads, systemd and permissions.

import { systemClock, systemMonotonicUsec } from "../async/clock.ts";
import { awsFiles } from "../config/aws_environment.ts";
import type { Config } from "../config/schema.ts";
import { type Daemon, startDaemon } from "../daemon/daemon.ts";
import type { Log } from "../log/log.ts";
import { notifierFor } from "../systemd/notify.ts";
import type { Confinement, Needs } from "./confinement.ts";
import { type Io, logOf, untilClosed } from "./io.ts";

export interface RunDaemonOptions {
  /** Loads the configuration, now and again at each SIGHUP. */
  readonly load: () => Promise<Config>;
  /** The file that `load` reads; undefined where it reads none. */
  readonly configFile?: string;
  /** The daemon ends by itself after this time. */
  readonly durationMs?: number | undefined;
}

/** Runs until a signal, the given duration or a failure ends it. Returns whether it stopped in order. */
export async function runDaemon(
  { load, configFile, durationMs }: RunDaemonOptions,
  io: Io,
): Promise<boolean> {
  const config = await load();
  const log = logOf(config, io);
  const stop = Promise.withResolvers<void>();
  const abandoned = Promise.withResolvers<boolean>();
  let signals = 0;
  // A second signal does not wait for the stop that the first one began.
  const forgetSignals = io.onStopSignal(() => ++signals === 1 ? stop.resolve() : abandoned.resolve(false));
  const started = Promise.withResolvers<Daemon>();
  const broken = Promise.withResolvers<never>();
  let reloading = Promise.resolve();
  const forgetReloads = io.onReloadSignal(() => {
    reloading = reloading.then(() => started.promise).then(async (daemon) => {
      manager?.reloading();
      await daemon.reload(load);
      manager?.reloaded();
    });
    reloading.catch(broken.reject);
  });
  const over = new AbortController();
  const manager = notifierFor(io.env, {
    clock: systemClock,
    monotonicUsec: systemMonotonicUsec,
    log: log.child("systemd"),
    pid: Deno.pid,
  });
  try {
    const notifySocket = io.env("NOTIFY_SOCKET");
    logConfinement(io.confine(neededFiles(config, { configFile, notifySocket })), log);
    const stdout = untilClosed(io, stop.resolve);
    const daemon = await startDaemon({ config, log, clock: systemClock, stdout });
    log.info(`metrics at ${daemon.url}/metrics, top words at ${daemon.url}/api/v1/top`);
    if (durationMs !== undefined) systemClock.sleep(durationMs, over.signal).then(stop.resolve);
    manager?.ready(daemon);
    started.resolve(daemon);
    const stopped = stop.promise.then(() => {
      manager?.stopping();
      return daemon.stop();
    });
    const ended = Promise.race([daemon.done, stopped, broken.promise]).then(() => true);
    return await Promise.race([ended, abandoned.promise]);
  } finally {
    over.abort();
    manager?.close();
    forgetSignals();
    forgetReloads();
  }
}

/** The files that a daemon uses after its start, at a reload included. */
function neededFiles(
  { source: { lines }, words, state: { dir }, files = [], awsEnvironment }: Config,
  { configFile, notifySocket }: { configFile: string | undefined; notifySocket: string | undefined },
): Needs {
  const isPath = (path: string | undefined): path is string =>
    path !== undefined && path !== "" && path !== "-";
  // A name of the abstract namespace is not a file.
  const socket = notifySocket?.startsWith("/") ? notifySocket : undefined;
  const write = [dir, socket].filter(isPath);
  const named = [...files.map(({ path }) => path), ...awsFiles(awsEnvironment)];
  const read = [configFile, words.stop_words_file, lines?.path, ...named, ...write];
  return { read: read.filter(isPath), write };
}

function logConfinement({ reading, writing, remaining }: Confinement, log: Log): void {
  if (remaining.length > 0) {
    log.warn(
      "the process has more permissions than it needs and cannot drop them: start it with those of deno.json",
      {
        permissions: remaining,
      },
    );
    return;
  }
  if (reading.length > 0) {
    log.info("the process keeps the permission to read all files", { needed_for: reading });
  }
  if (writing.length > 0) {
    log.info("the process keeps the permission to write all files", { needed_for: writing });
  }
  log.debug("the process has dropped the permissions that it does not need");
}
