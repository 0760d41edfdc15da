// The public surface of the daemon: start it, watch it, reload its configuration, stop it.

import { type Clock, systemClock } from "../async/clock.ts";
import type { Config } from "../config/schema.ts";
import { formatConfigProblem } from "../config/config_error.ts";
import { showConfig } from "../config/show.ts";
import { startHttpServer } from "../http/server.ts";
import type { Log } from "../log/log.ts";
import { collectorAt, pushMetrics } from "../otlp/otlp_exporter.ts";
import { httpSettings } from "../settings/http_settings.ts";
import { loadSchemaFormat } from "../settings/schema_settings.ts";
import type { Summary } from "../systemd/status_line.ts";
import { version } from "../version.ts";
import { Engine } from "./engine.ts";

/** Everything that a daemon needs. */
export interface DaemonOptions {
  /** The topics to read, and how to count. */
  readonly config: Config;
  /** Takes the log lines. */
  readonly log: Log;
  /** Takes the console blocks. */
  readonly stdout: (text: string) => void;
  /** The system's clock unless given. */
  readonly clock?: Clock;
}

/** A running daemon. */
export interface Daemon {
  /** URL of the HTTP server, such as `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Resolves after `stop`; rejects where the daemon cannot continue. */
  readonly done: Promise<void>;
  /** Whether the process itself works: the answer of `/healthz`. */
  health(): { readonly ok: boolean; readonly reason?: string };
  /** The state in figures. */
  summary(): Summary;
  /**
   * Puts the keys that may change at runtime into force, and logs the changed keys that need a restart. Where `load`
   * rejects with a ConfigError, nothing changes.
   */
  reload(load: () => Promise<Config>): Promise<void>;
  /** Finishes the current turn, saves the progress, and closes all connections. */
  stop(): Promise<void>;
}

/**
 * Starts a daemon and returns once HTTP listens. Kafka need not be reachable yet.
 *
 * @throws {Error} where it cannot listen on the configured address.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config, log, stdout, clock = systemClock } = options;
  log.info("starting", { version, deno: Deno.version.deno });
  log.info(`effective configuration ${JSON.stringify(showConfig(config))}`);
  for (const hint of config.hints ?? []) log.warn(formatConfigProblem(hint));
  await loadSchemaFormat(config);
  const engine = new Engine({ config, log, stdout, clock });
  const { view } = engine;
  const { listen, certificate, credentials } = httpSettings(config);
  const server = await startHttpServer({ listen, certificate, credentials, view, log: log.child("http") });
  log.info(`listening on ${server.url}`);

  const stopping = new AbortController();
  const ended = new AbortController();
  const { endpoint } = config.metrics.otlp;
  const pushing = endpoint === undefined ? undefined : pushMetrics({
    collector: collectorAt(endpoint, { clock, signal: ended.signal }),
    resource: { serviceName: config.name, serviceVersion: version, serviceInstanceId: crypto.randomUUID() },
    families: () => view.metricFamilies(),
    clock,
    log: log.child("otlp"),
  }, ended.signal);
  const done = engine.run(stopping.signal).finally(async () => {
    ended.abort();
    await pushing;
    await server.stop();
  });
  return {
    url: server.url,
    done,
    health: () => view.health(),
    summary: () => view.summary(),
    reload: (load) => engine.reload(load),
    stop() {
      stopping.abort();
      return done;
    },
  };
}
