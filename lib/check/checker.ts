// The chain from the configuration to the dashboard, link by link. Everything is looked at at the same time, and told
// in the order of the chain. It changes nothing.

import type { Clock } from "../async/clock.ts";
import { parseTopicPattern } from "../config/pattern.ts";
import { type Config, defaultDaemonUrl } from "../config/schema.ts";
import { showConfig } from "../config/show.ts";
import { brokerSecurity } from "../settings/broker_security_settings.ts";
import { type ConfigProblem, formatConfigProblem } from "../config/config_error.ts";
import { NetworkClient } from "../kafka/network_client.ts";
import { version } from "../version.ts";
import { judgeAdvertised, judgeBroker } from "./broker_findings.ts";
import { judgeDaemon } from "./daemon_findings.ts";
import { probeDaemon } from "./daemon_probe.ts";
import type { DaemonFacts } from "./daemon_facts.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";
import { judgeGrafana } from "./grafana_findings.ts";
import { probeGrafana } from "./grafana_probe.ts";
import { judgeGroup, judgeOffsets } from "./group_findings.ts";
import { JsonValue } from "./json_value.ts";
import { probeKafka } from "./kafka_probe.ts";
import { type DaemonTruth, judgePrometheus, processStartOf } from "./prometheus_findings.ts";
import { probePrometheus } from "./prometheus_probe.ts";
import { judgeOutputs, judgeRetention, judgeTopics } from "./topic_findings.ts";

/** Of all together. Each request has a shorter limit of its own. */
export const TIME_LIMIT_MS = 30_000;
/** Where a daemon is whose configuration cannot be read. */
export const USUAL_PROMETHEUS_URL = "http://127.0.0.1:9090";
const USUAL_SLIDE_MS = 2_000;

export interface CheckOptions {
  /** As it was named. */
  readonly configFile: string;
  /** What of it is sound; undefined where that is too little. */
  readonly config: Config | undefined;
  /** What is wrong with it. */
  readonly problems: readonly ConfigProblem[];
  /** Of the daemon; where `http.listen` says, if it is not given. */
  readonly url?: string | undefined;
  /** Looked for at the usual place where it is not given. */
  readonly prometheus?: string | undefined;
  readonly grafana?: string | undefined;
  readonly grafanaTokenFile?: string | undefined;
  readonly readTextFile: (path: string) => Promise<string>;
  readonly clock: Clock;
  /** Is told each finding as soon as all before it are told. */
  readonly onFinding: (finding: Finding) => void;
}

/** Looks at the whole chain, and returns all that was found. */
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
  const context = { ...options, signal: over.signal };
  const daemon = probeRunningDaemon(context);
  const told: Finding[] = [];
  try {
    const parts = [
      Promise.resolve(judgeConfig(options)),
      inTime("broker", checkKafka(context)),
      inTime("daemon", daemon.then((facts) => judgeRunningDaemon(facts, options))),
      inTime("prometheus", daemon.then((facts) => checkPrometheus(facts, context))),
      inTime("grafana", checkGrafana(context)),
    ];
    // One that fails is met where it stands in the chain; until then it is not unhandled.
    for (const part of parts) part.catch(() => {});
    for (const part of parts) {
      for (const finding of await part) {
        told.push(finding);
        onFinding(finding);
      }
    }
  } finally {
    over.abort();
  }
  return told;
}

type Context = CheckOptions & { readonly signal: AbortSignal };

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
  return [ok("config", `${configFile}: "${name}" ${what}`)];
}

/** What the one who runs the checker may lack. The daemon need not. */
const UNSEEN = /^cannot be read: |environment variable/;

function configRemedy(file: string, problems: readonly ConfigProblem[]): string {
  if (problems.every(({ message }) => UNSEEN.test(message))) {
    return `run it as the daemon's user (sudo -u rtcount rtcount check --config ${file}) and with the environment ` +
      "that its unit gives it; a file that is not there: --config names another";
  }
  return `correct it until "rtcount config check ${file}" says ok; then systemctl reset-failed rtcount, ` +
    "systemctl restart rtcount";
}

async function checkKafka({ config, clock, signal }: Context): Promise<readonly Finding[]> {
  if (config === undefined) {
    return [
      warn(
        "broker",
        "Kafka is not looked at: the configuration says too little",
        "see the line of the configuration",
      ),
    ];
  }
  const { name, source: { kafka }, window, output } = config;
  if (kafka === undefined) return [];
  const security = brokerSecurity(config);
  const { configured, advertised, cluster } = await probeKafka({
    brokers: kafka.brokers,
    topics: kafka.topics.map((topic) => parseTopicPattern(topic) ?? topic),
    outputTopics: [output.kafka.topic, output.dead_letters.topic].filter((topic) => topic !== undefined),
    group: kafka.group,
    makeClient: (bootstrap) => new NetworkClient({ bootstrap, clientId: name, security, clock }),
    clock,
    signal,
  });
  const brokers = [...configured.map(judgeBroker), ...advertised.map(judgeAdvertised)];
  if (cluster === undefined) return brokers;
  const { length: lengthMs, slide: slideMs, lateness: latenessMs } = window;
  const offsets = judgeOffsets(cluster.offsets, { start: kafka.start, window: { lengthMs, slideMs } });
  const broker = configured.find(({ state }) => state.kind === "works")?.address ?? kafka.brokers[0];
  return [
    ...brokers,
    ...judgeTopics(cluster.topics, { broker }),
    ...judgeOutputs(cluster.outputs, { broker }),
    // By arrival there is nothing to read back.
    ...(window.time === "event"
      ? judgeRetention(cluster.retention, { neededMs: lengthMs + latenessMs })
      : []),
    judgeGroup(cluster.group, kafka.group),
    ...offsets,
  ];
}

/** Undefined where it cannot be known where it listens. */
async function probeRunningDaemon(context: Context): Promise<DaemonFacts | undefined> {
  const { config, clock, signal } = context;
  const url = daemonUrl(context);
  if (url === undefined) return undefined;
  const slideMs = config === undefined ? USUAL_SLIDE_MS : config.window.slide;
  return await probeDaemon(url, { slideMs, clock, signal });
}

function daemonUrl({ url, config }: CheckOptions): string | undefined {
  if (url !== undefined) return url;
  return config === undefined ? defaultDaemonUrl : urlOfListener(config.http);
}

/** Where to find what listens so; undefined where that takes any free port. */
export function urlOfListener({ listen, tls }: Pick<Config["http"], "listen" | "tls">): string | undefined {
  if (/:0+$/.test(listen)) return undefined;
  const scheme = tls.cert_file === undefined ? "http" : "https";
  return `${scheme}://${listen.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:")}`;
}

function judgeRunningDaemon(facts: DaemonFacts | undefined, { config, problems }: CheckOptions): Finding[] {
  if (facts === undefined) {
    return [warn("daemon", "not looked at: http.listen takes any free port", "--url says where it listens")];
  }
  // What was left out of a wrong one would differ.
  if (config === undefined || problems.length > 0) return judgeDaemon(facts, undefined);
  return judgeDaemon(facts, { version, config: showConfig(config), slideMs: config.window.slide });
}

async function checkPrometheus(facts: DaemonFacts | undefined, context: Context): Promise<Finding[]> {
  const { config, prometheus, signal } = context;
  const { host, port, hostname } = addressOf(daemonUrl(context) ?? defaultDaemonUrl);
  const status = facts?.status?.kind === "answer" ? JsonValue.parse(facts.status.text) : new JsonValue(null);
  const name = config === undefined ? status.at("name").text : config.name;
  const uptimeSeconds = status.at("uptime_seconds").number;
  const daemon: DaemonTruth = {
    address: `${hostname}:${port}`,
    name,
    uptimeMs: uptimeSeconds === undefined ? undefined : uptimeSeconds * 1000,
    windowEndMs: status.at("window_end").number,
    processStartSeconds: processStartOf(facts?.metrics),
    slideMs: config === undefined ? USUAL_SLIDE_MS : config.window.slide,
  };
  const seen = await probePrometheus(prometheus ?? USUAL_PROMETHEUS_URL, {
    daemon: { host, port },
    name,
    startedSeconds: daemon.processStartSeconds,
    signal,
  });
  return judgePrometheus(seen, { daemon, asked: prometheus !== undefined });
}

function addressOf(url: string): { host: string; port: number; hostname: string } {
  const { hostname, port, protocol } = new URL(url);
  const usual = protocol === "https:" ? 443 : 80;
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return { host, hostname, port: port === "" ? usual : Number(port) };
}

async function checkGrafana(
  { grafana, grafanaTokenFile, readTextFile, signal }: Context,
): Promise<Finding[]> {
  if (grafana === undefined) {
    return [warn("grafana", "not looked at", "where there is one, name it with --grafana URL")];
  }
  let token: string | undefined;
  if (grafanaTokenFile !== undefined) {
    try {
      token = (await readTextFile(grafanaTokenFile)).trim();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const message = `the file of the token, ${grafanaTokenFile}, cannot be read: ${error.message}`;
      return [fail("grafana", message, "correct --grafana-token-file, or the file's rights")];
    }
  }
  return judgeGrafana(await probeGrafana(grafana, { token, signal }), { hasToken: token !== undefined });
}
