// `rtcount check` tests the chain from the configuration to the dashboard, link by link. All links are probed at the same
// time and reported in the order of the chain. Nothing is changed.

import type { Clock } from "../async/clock.ts";
import { type ConfigProblem, formatConfigProblem } from "../config/config_error.ts";
import { parseTopicPattern } from "../config/pattern.ts";
import { type Config, defaultDaemonUrl } from "../config/schema.ts";
import { showConfig } from "../config/show.ts";
import { type HttpAddress, parseHttpAddress } from "../http_client/http_address.ts";
import { HttpClient } from "../http_client/http_client.ts";
import type { BrokerSecurity } from "../kafka/connection/broker_security.ts";
import { GROUP_PROTOCOL } from "../kafka/group/group_protocol.ts";
import { NetworkClient } from "../kafka/network_client.ts";
import { paneLogRetentionMs } from "../merge/pane_log_topic.ts";
import { RegistryClient } from "../registry/registry_client.ts";
import { brokerSecurity } from "../settings/broker_security_settings.ts";
import { mergeFingerprint, mergeProtocol } from "../settings/merge_settings.ts";
import { registrySettings } from "../settings/schema_settings.ts";
import { version } from "../version.ts";
import { judgeAdvertised, judgeBroker } from "./broker_findings.ts";
import { type DaemonFacts, type DaemonTruth, readTruth } from "./daemon_facts.ts";
import { judgeDaemon } from "./daemon_findings.ts";
import { probeDaemon } from "./daemon_probe.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";
import { judgeGrafana } from "./grafana_findings.ts";
import { probeGrafana } from "./grafana_probe.ts";
import { judgeGroup, judgeOffsets } from "./group_findings.ts";
import { probeKafka } from "./kafka_probe.ts";
import { judgePrometheus } from "./prometheus_findings.ts";
import { probePrometheus } from "./prometheus_probe.ts";
import { judgeRegistry } from "./registry_findings.ts";
import { judgeToken, probeToken } from "./token_findings.ts";
import { judgeOutputs, judgeReports, judgeRetention, judgeTopics } from "./topic_findings.ts";

/** For the whole check. Each request has a shorter limit of its own. */
export const TIME_LIMIT_MS = 30_000;
export const USUAL_PROMETHEUS_URL = "http://127.0.0.1:9090";
const USUAL_SLIDE_MS = 2_000;
/** The daemon answers from memory: if it takes longer, it hangs. */
const DAEMON_TIMEOUT_MS = 3_000;
const PROMETHEUS_TIMEOUT_MS = 5_000;
/** Grafana's own check asks the data source in turn. */
const GRAFANA_TIMEOUT_MS = 8_000;

export interface CheckOptions {
  readonly configFile: string;
  /** Without the sections that have problems; undefined if too little is left. */
  readonly config: Config | undefined;
  readonly problems: readonly ConfigProblem[];
  /** The daemon's address; by default the one that `http.listen` names. */
  readonly url?: string | undefined;
  /** `USER:PASSWORD` for the daemon, if the address has none. */
  readonly login?: string | undefined;
  /** By default the usual address is tried. */
  readonly prometheus?: string | undefined;
  readonly prometheusLogin?: string | undefined;
  readonly grafana?: string | undefined;
  readonly grafanaToken?: string | undefined;
  readonly grafanaTokenFile?: string | undefined;
  /** Certificates (PEM) that are trusted beside the usual ones. */
  readonly ca?: string | undefined;
  readonly readTextFile: (path: string) => Promise<string>;
  readonly clock: Clock;
  /** Receives each finding as soon as all findings before it are known. */
  readonly onFinding: (finding: Finding) => void;
}

/** The findings say all. */
const SILENT = { info() {}, warn() {} };

/** Checks the whole chain, and returns all findings. */
export async function checkChain(options: CheckOptions): Promise<readonly Finding[]> {
  const { clock, onFinding } = options;
  const over = new AbortController();
  const tooLate = clock.sleep(TIME_LIMIT_MS, over.signal).then(() => over.abort());
  const inTime = async (link: string, findings: Promise<readonly Finding[]>): Promise<readonly Finding[]> => {
    const unfinished = fail(
      link,
      `not finished within ${TIME_LIMIT_MS / 1000} s, the limit of the whole check`,
      "see the other lines, and check again",
    );
    return await Promise.race([findings, tooLate.then(() => [unfinished])]);
  };
  const all: Finding[] = [];
  try {
    const check = new ChainCheck(options, over.signal);
    const daemon = check.probeDaemon();
    const parts = [
      Promise.resolve(judgeConfig(options)),
      inTime("token", check.token()),
      inTime("broker", check.kafka()),
      inTime("registry", check.registry()),
      inTime("daemon", daemon.then((facts) => judgeRunningDaemon(facts, options))),
      inTime("prometheus", daemon.then((facts) => check.prometheus(facts))),
      inTime("grafana", check.grafana(daemon)),
    ];
    // A rejection is handled below, in the order of the chain. Until then it must not count as unhandled.
    for (const part of parts) part.catch(() => {});
    for (const part of parts) {
      for (const finding of await part) {
        all.push(finding);
        onFinding(finding);
      }
    }
  } finally {
    over.abort();
  }
  return all;
}

function judgeConfig({ configFile, config, problems }: CheckOptions): Finding[] {
  const findings = problems.map((problem, i): Finding => ({
    check: "config",
    status: "FAIL",
    message: formatConfigProblem(problem),
    ...(i === problems.length - 1 ? { remedy: configRemedy(configFile, problems) } : {}),
  }));
  if (config === undefined || findings.length > 0) return findings;
  const { name, source: { kafka, synthetic, lines } } = config;
  const what = kafka !== undefined
    ? `reads ${kafka.topics.join(", ")} for the group "${kafka.group}"`
    : synthetic !== undefined
    ? "counts an embedded stream"
    : `counts the lines of ${lines?.path === "-" ? "standard input" : lines?.path}`;
  const hints = (config.hints ?? []).map((hint) => warn("config", formatConfigProblem(hint)));
  return [ok("config", `${configFile}: "${name}" ${what}`), ...hints];
}

/** Problems that the daemon's user may not have. */
const PERSONAL_PROBLEM = /^cannot be read: |environment variable/;

function configRemedy(file: string, problems: readonly ConfigProblem[]): string {
  if (problems.every(({ message }) => PERSONAL_PROBLEM.test(message))) {
    return `run it as the daemon's user (sudo -u rtcount rtcount check --config ${file}) and with the environment ` +
      "of its unit; if the file does not exist, name another one with --config";
  }
  return `correct it until "rtcount config check ${file}" says ok; then systemctl reset-failed rtcount, ` +
    "systemctl restart rtcount";
}

function judgeRunningDaemon(facts: DaemonFacts | undefined, { config, problems }: CheckOptions): Finding[] {
  if (facts === undefined) {
    return [warn("daemon", "not checked: http.listen takes any free port", "name its address with --url")];
  }
  // The sections that have problems are missing, so a comparison would find differences that are none.
  if (config === undefined || problems.length > 0) return judgeDaemon(facts, undefined);
  return judgeDaemon(facts, { version, config: showConfig(config), slideMs: config.window.slide });
}

/** A URL of this listener; undefined if it takes any free port. */
export function urlOfListener({ listen, tls }: Pick<Config["http"], "listen" | "tls">): string | undefined {
  if (/:0+$/.test(listen)) return undefined;
  const scheme = tls.cert_file === undefined ? "http" : "https";
  return `${scheme}://${listen.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[[0:]+\]:/, "[::1]:")}`;
}

/** The checks of the links that answer over a network. */
class ChainCheck {
  readonly #options: CheckOptions;
  readonly #signal: AbortSignal;
  /** Shared, so that the token that is judged is the one that brokers get. */
  readonly #security: BrokerSecurity;
  readonly #slideMs: number;
  /** Undefined if it is not known. */
  readonly #daemonAddress: HttpAddress | undefined;

  constructor(options: CheckOptions, signal: AbortSignal) {
    const { config, url, login } = options;
    this.#options = options;
    this.#signal = signal;
    const context = { clock: options.clock, log: SILENT, signal };
    this.#security = config === undefined ? {} : brokerSecurity(config, context);
    this.#slideMs = config === undefined ? USUAL_SLIDE_MS : config.window.slide;
    const daemonUrl = url ?? (config === undefined ? defaultDaemonUrl : urlOfListener(config.http));
    this.#daemonAddress = daemonUrl === undefined ? undefined : parseHttpAddress(daemonUrl, login);
  }

  /** Nothing where the tokens are in a file: the brokers judge it. */
  async token(): Promise<readonly Finding[]> {
    const { sasl } = this.#security;
    const { oauth, token_file } = this.#options.config?.source.kafka?.sasl ?? {};
    if (sasl?.mechanism !== "OAUTHBEARER" || token_file !== undefined) return [];
    const { subject } = sasl.tokens;
    const outcome = await probeToken(sasl.tokens);
    return [judgeToken(outcome, { subject, audience: oauth?.audience, nowMs: this.#options.clock.nowMs() })];
  }

  async kafka(): Promise<readonly Finding[]> {
    const { config, clock } = this.#options;
    if (config === undefined) {
      return [warn("broker", "Kafka is not checked: the configuration is too broken", "see the first lines")];
    }
    const { name, source: { kafka }, window, output, merge } = config;
    if (kafka === undefined) return [];
    const { configured, advertised, cluster } = await probeKafka({
      brokers: kafka.brokers,
      topics: kafka.topics.map((topic) => parseTopicPattern(topic) ?? topic),
      outputTopics: [output.kafka.topic, output.dead_letters.topic].filter((topic) => topic !== undefined),
      group: kafka.group,
      paneLog: merge.enabled ? merge.topic : undefined,
      makeClient: (bootstrap) => {
        return new NetworkClient({ bootstrap, clientId: name, security: this.#security, clock });
      },
      clock,
      signal: this.#signal,
    });
    const brokers = [...configured.map(judgeBroker), ...advertised.map(judgeAdvertised)];
    if (cluster === undefined) return brokers;
    const { length: lengthMs, slide: slideMs, lateness: latenessMs } = window;
    const broker = configured.find(({ state }) => state.kind === "works")?.address ?? kafka.brokers[0];
    return [
      ...brokers,
      ...judgeTopics(cluster.topics, { broker }),
      ...judgeOutputs(cluster.outputs, { broker }),
      // Windows by arrival are not read again after a restart.
      ...(window.time === "event"
        ? judgeRetention(cluster.retention, { neededMs: lengthMs + latenessMs })
        : []),
      ...judgeReports(cluster.paneLog, {
        name: merge.topic ?? "",
        minRetentionMs: paneLogRetentionMs({ lengthMs, latenessMs }),
        broker,
      }),
      judgeGroup(cluster.group, {
        group: kafka.group,
        protocol: merge.enabled ? mergeProtocol(mergeFingerprint(config)) : GROUP_PROTOCOL,
      }),
      ...judgeOffsets(cluster.offsets, { start: kafka.start, window: { lengthMs, slideMs } }),
    ];
  }

  async registry(): Promise<readonly Finding[]> {
    const { config, clock } = this.#options;
    const settings = config && registrySettings(config);
    if (settings === undefined) return [];
    return judgeRegistry(await new RegistryClient({ ...settings, clock, signal: this.#signal }).faults());
  }

  async probeDaemon(): Promise<DaemonFacts | undefined> {
    if (this.#daemonAddress === undefined) return undefined;
    return await probeDaemon(this.#client(this.#daemonAddress, DAEMON_TIMEOUT_MS), {
      slideMs: this.#slideMs,
      clock: this.#options.clock,
      signal: this.#signal,
    });
  }

  async prometheus(facts: DaemonFacts | undefined): Promise<Finding[]> {
    const { prometheus, prometheusLogin } = this.#options;
    const server = addressOf(prometheus ?? USUAL_PROMETHEUS_URL, prometheusLogin);
    const daemon = this.#truth(facts);
    const found = await probePrometheus(this.#client(server, PROMETHEUS_TIMEOUT_MS), daemon);
    return judgePrometheus(found, { daemon, asked: prometheus !== undefined });
  }

  async grafana(facts: Promise<DaemonFacts | undefined>): Promise<Finding[]> {
    const { grafana, grafanaToken, grafanaTokenFile, readTextFile } = this.#options;
    if (grafana === undefined) {
      return [warn("grafana", "not checked", "if there is a Grafana, name its address with --grafana URL")];
    }
    let token = grafanaToken;
    if (grafanaTokenFile !== undefined) {
      try {
        token = (await readTextFile(grafanaTokenFile)).trim();
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const message = `the token's file, ${grafanaTokenFile}, cannot be read: ${error.message}`;
        return [fail("grafana", message, "correct --grafana-token-file, or the rights of the file")];
      }
    }
    const server = addressOf(grafana);
    const authorization = token === undefined ? server.authorization : `Bearer ${token}`;
    const daemon = facts.then((known) => this.#truth(known));
    const found = await probeGrafana(this.#client({ ...server, authorization }, GRAFANA_TIMEOUT_MS), daemon);
    return judgeGrafana(found, { daemon: await daemon, hasToken: token !== undefined });
  }

  #truth(facts: DaemonFacts | undefined): DaemonTruth {
    const { config } = this.#options;
    const address = this.#daemonAddress ?? addressOf(defaultDaemonUrl);
    return readTruth(facts, { address, name: config?.name, slideMs: this.#slideMs });
  }

  #client(address: HttpAddress, timeoutMs: number): HttpClient {
    const { clock, ca } = this.#options;
    return new HttpClient(address, { clock, ca, timeoutMs, signal: this.#signal });
  }
}

function addressOf(url: string, login?: string): HttpAddress {
  const address = parseHttpAddress(url, login);
  if (address === undefined) throw new TypeError("not an http or https address");
  return address;
}
