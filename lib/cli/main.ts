// One function per command, and the exit status that follows from it. The modules of a command are imported when it runs:
// to load those of all commands takes as long as a short command itself.

import { systemClock } from "../async/clock.ts";
import { awsFiles } from "../config/aws_environment.ts";
import { ConfigError, type ConfigProblem, formatConfigProblem } from "../config/config_error.ts";
import { loadConfig, type LoadConfigOptions } from "../config/load.ts";
import { type Config, defaultDaemonUrl } from "../config/schema.ts";
import { parseHttpAddress } from "../http_client/http_address.ts";
import { formatError } from "../log/log.ts";
import { readingRules } from "../settings/reading_settings.ts";
import { wordRules } from "../settings/word_settings.ts";
import { parseDuration } from "../text/duration.ts";
import { version } from "../version.ts";
import { parseCommandLine, type Request, UsageError, usageError } from "./command_line.ts";
import { defaultConfigFile } from "./commands.ts";
import { countFault, countsTopics, sinceMs, topicSettings } from "./count_options.ts";
import { hasScreen, type Io, logOf, untilClosed } from "./io.ts";
import { askPassword } from "./password_prompt.ts";
import { ProgressBar } from "./progress_bar.ts";
import { readCa, readLogin } from "./secrets.ts";

const STATUS = { done: 0, failed: 1 } as const;

type Command = Extract<Request, { kind: "command" }>;

const DEMO_CONFIG = `
name: demo
source:
  synthetic:
    tasks:
      - {name: task-1, rate: 300}
      - {name: task-2, rate: 200}
      - {name: task-3, rate: 100}
`;

/**
 * Runs one command line to its end and returns the exit status: 0 done, 1 failed at run time, 2 wrong usage, 78 wrong
 * configuration.
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  try {
    const request = parseCommandLine(args);
    if (request.kind === "command") return await runCommand(request, io);
    io.stdout(request.kind === "help" ? request.text : `rtcount ${version}\n`);
    return STATUS.done;
  } catch (error) {
    // The reader of the output has gone away, as in `rtcount count FILE | head`. That is not a failure.
    if (error instanceof Deno.errors.BrokenPipe) return STATUS.done;
    if (error instanceof ConfigError) io.stderr(`${error.message}\n`);
    else if (error instanceof UsageError) io.stderr(`rtcount: ${error.message}\n`);
    else io.stderr(`rtcount: ${formatError(error)}\n`);
    return error instanceof ConfigError || error instanceof UsageError ? error.exitStatus : STATUS.failed;
  }
}

async function runCommand(command: Command, io: Io): Promise<number> {
  const { name, operands: [operand], options } = command;
  switch (name) {
    case "run": {
      const { runDaemon } = await import("./run_daemon.ts");
      const file = configFile(command);
      return statusOf(await runDaemon({ load: () => load(command, io, { file }), configFile: file }, io));
    }
    case "demo": {
      const { runDaemon } = await import("./run_daemon.ts");
      const demo = { file: "demo", text: DEMO_CONFIG };
      const durationMs = parseDuration(options.duration?.[0] ?? "");
      return statusOf(await runDaemon({ load: () => load(command, io, demo), durationMs }, io));
    }
    case "count":
      return await count(command, io);
    case "top":
      return await top(command, io);
    case "config check":
      for (const hint of (await load(command, io, { file: operand })).hints ?? []) {
        io.stderr(`${formatConfigProblem(hint)}\n`);
      }
      io.stdout(`${operand}: ok\n`);
      return STATUS.done;
    case "config show": {
      const { formatConfig } = await import("../config/show.ts");
      io.stdout(formatConfig(await load(command, io, { file: operand ?? defaultConfigFile })));
      return STATUS.done;
    }
    case "config schema": {
      const { configJsonSchema } = await import("../config/json_schema.ts");
      io.stdout(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
      return STATUS.done;
    }
    case "check":
      return await check(command, io);
    case "health":
      return statusOf(await health(command, io));
  }
}

function statusOf(isDone: boolean): number {
  return isDone ? STATUS.done : STATUS.failed;
}

async function count(command: Command, io: Io): Promise<number> {
  const { operands, options } = command;
  const fault = countFault(operands, options);
  if (fault !== undefined) throw usageError(fault, "count");
  const isOfTopics = countsTopics(options);
  const config = await load(command, io, { file: options.config?.[0], sourceOptional: true });
  const { terminal, stderr } = io;
  const progress = hasScreen(io, "stderr")
    ? new ProgressBar({
      unit: isOfTopics ? "records" : "bytes",
      write: stderr,
      columns: () => terminal.size().columns,
      clock: systemClock,
    })
    : undefined;
  const { window, top, files = [], awsEnvironment } = config;
  const counting = {
    output: options.output?.[0] === "json" ? "json" : "text",
    rules: wordRules(config),
    window: {
      lengthMs: window.length,
      slideMs: window.slide,
      maxWords: window.max_words,
      maxWordBytes: window.max_word_bytes,
    },
    top,
    reading: readingRules(config),
    stdout: io.stdout,
    log: logOf(config, io),
    progress,
  } as const;
  if (!isOfTopics) {
    const { records } = config;
    if (records.format === "avro" || records.format === "protobuf") {
      throw usageError(
        `records.format is ${records.format}, and only topics have such values: use --topic`,
        "count",
      );
    }
    const { runCount } = await import("./count.ts");
    io.confine({ read: operands.filter((operand) => operand !== "-"), write: [] });
    const format = options.format?.[0] === "kcat" ? "kcat" : "lines";
    await runCount({ ...counting, files: operands, format, stdin: io.stdin });
    return STATUS.done;
  }
  const { countTopics } = await import("./count_topics.ts");
  const stopping = new AbortController();
  const forgetSignals = io.onStopSignal(() => stopping.abort());
  try {
    io.confine({ read: [...files.map(({ path }) => path), ...awsFiles(awsEnvironment)], write: [] });
    await countTopics({
      ...counting,
      config,
      sinceMs: sinceMs(options, systemClock.nowMs()),
      signal: stopping.signal,
    });
    return STATUS.done;
  } finally {
    forgetSignals();
  }
}

async function check(command: Command, io: Io): Promise<number> {
  const { checkChain } = await import("../check/checker.ts");
  const { formatFinding, formatFindingsJson, formatSummary } = await import("../check/report.ts");
  const { options } = command;
  const file = configFile(command);
  const { config, problems } = await loadSound(command, io, file);
  const isJson = options.json !== undefined;
  const colour = io.terminal.isTerminal("stdout") && !io.env("NO_COLOR");
  const login = await readLogin(options, { option: "login-file", variable: "RTCOUNT_LOGIN", io }) ??
    await askPassword(options.url?.[0], io);
  const prometheusLogin = await readLogin(options, {
    option: "prometheus-login-file",
    variable: "RTCOUNT_PROMETHEUS_LOGIN",
    io,
  }) ?? await askPassword(options.prometheus?.[0], io);
  const ca = await readCa(options, io);
  const grafanaToken = io.env("RTCOUNT_GRAFANA_TOKEN");
  io.confine({ read: ["/"], write: [] });
  // If the reader goes away, the exit status still has to say whether something failed.
  const print = untilClosed(io, () => {});
  const findings = await checkChain({
    configFile: file,
    config,
    problems,
    url: options.url?.[0],
    login,
    prometheus: options.prometheus?.[0],
    prometheusLogin,
    grafana: options.grafana?.[0],
    grafanaToken,
    grafanaTokenFile: options["grafana-token-file"]?.[0],
    ca,
    readTextFile: io.readTextFile,
    clock: systemClock,
    onFinding: (finding) => isJson || print(formatFinding(finding, { colour })),
  });
  print(isJson ? formatFindingsJson(findings) : formatSummary(findings));
  if (problems.length > 0) return new ConfigError(problems).exitStatus;
  return statusOf(!findings.some(({ status }) => status === "FAIL"));
}

/** `--url` alone needs no configuration: the daemon may run on another machine. */
async function health(command: Command, io: Io): Promise<boolean> {
  const { askHealth } = await import("./health.ts");
  const { options } = command;
  const isConfigured = options.url === undefined || options.config !== undefined;
  return await askHealth({
    http: isConfigured
      ? (await load(command, io, { file: configFile(command), withoutFiles: true })).http
      : undefined,
    url: options.url?.[0],
    login: await readLogin(options, { option: "login-file", variable: "RTCOUNT_LOGIN", io }),
    ca: await readCa(options, io),
    clock: systemClock,
  }, io);
}

/** The checker cannot work with defaults of these sections. */
const VITAL_SECTIONS = ["", "name", "source"];
/**
 * Loading fails at the first bad stage: YAML, referenced files, stop words. Retry without the bad sections, once per
 * stage, then once more.
 */
const LOAD_ROUNDS = 4;

/** All problems of the configuration, and what remains of it without the sections that have some. */
async function loadSound(
  command: Command,
  io: Io,
  file: string,
): Promise<{ config: Config | undefined; problems: readonly ConfigProblem[] }> {
  const problems: ConfigProblem[] = [];
  for (let round = 0; round < LOAD_ROUNDS; round++) {
    const without = problems.map(({ path }) => path.split(".")[0]);
    if (without.some((section) => VITAL_SECTIONS.includes(section))) break;
    try {
      return { config: await load(command, io, { file, without }), problems };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  return { config: undefined, problems };
}

async function top({ options }: Command, io: Io): Promise<number> {
  if (options.rising !== undefined && options.new !== undefined) {
    throw new UsageError("--rising and --new exclude each other");
  }
  const { runTop } = await import("../top/top.ts");
  const login = await readLogin(options, { option: "login-file", variable: "RTCOUNT_LOGIN", io }) ??
    await askPassword(options.url?.[0], io);
  const ca = await readCa(options, io);
  const address = parseHttpAddress(options.url?.[0] ?? defaultDaemonUrl, login);
  // The message does not repeat the address: it may hold a password.
  if (address === undefined) {
    throw new UsageError(`--url is not an http or https address, wanted one such as ${defaultDaemonUrl}`);
  }
  const stopping = new AbortController();
  const forgetSignals = io.onStopSignal(() => stopping.abort());
  try {
    const hasColor = (io.env("NO_COLOR") ?? "") === "";
    const screen = { hasScreen: hasScreen(io, "stdout"), hasColor };
    io.confine({ read: [], write: [] });
    const words = options.rising !== undefined ? "rising" : options.new !== undefined ? "new" : "top";
    await runTop({ ...io, ...screen, address, words, ca, clock: systemClock }, stopping.signal);
    return STATUS.done;
  } finally {
    forgetSignals();
  }
}

function configFile({ options }: Command): string {
  return options.config?.[0] ?? defaultConfigFile;
}

function load(
  { options }: Command,
  { env, readTextFile, fileMode }: Io,
  what: Pick<LoadConfigOptions, "file" | "text" | "sourceOptional" | "without" | "withoutFiles">,
): Promise<Config> {
  const sets = [...topicSettings(options), ...options.set ?? []];
  const [listen] = options.listen ?? [];
  const [level] = options["log-level"] ?? [];
  const [format] = options["log-format"] ?? [];
  if (listen !== undefined) sets.push(`http.listen=${listen}`);
  if (level !== undefined) sets.push(`log.level=${level}`);
  if (format !== undefined) sets.push(`log.format=${format}`);
  return loadConfig({ ...what, sets, env, readTextFile, fileMode, nowMs: systemClock.nowMs() });
}
