import type { Log } from "../../lib/log/log.ts";

/** A log for tests that are about something else. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
  configure() {},
};
