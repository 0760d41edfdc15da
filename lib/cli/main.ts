// What the program does for a command line: one function per command, and an exit status for whatever comes of it.

import { checkChain } from "../check/checker.ts";
import { formatFinding, formatFindingsJson, formatSummary } from "../check/report.ts";
import { systemClock, systemMonotonicUsec } from "../async/clock.ts";
import { parseCommandLine, type Request, UsageError } from "./command_line.ts";
import { defaultConfigFile, defaultDaemonUrl } from "./commands.ts";
import { parseDuration } from "../text/duration.ts";
import { configJsonSchema } from "../config/json_schema.ts";
import { loadConfig, type LoadConfigOptions } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { formatConfig } from "../config/show.ts";
import { textPart, wordRules } from "../settings/word_settings.ts";
import type { Confinement, Needs } from "./confinement.ts";
import { runCount } from "./count.ts";
import { type Daemon, startDaemon } from "../daemon/daemon.ts";
import { ConfigError, type ConfigProblem } from "../config/config_error.ts";
import { createLog, formatError, type Log } from "../log/log.ts";
import { notifierFor } from "../systemd/notify.ts";
import { ProgressBar } from "./progress_bar.ts";
import type { Terminal } from "../top/terminal.ts";
import { parseDaemonAddress } from "../top/daemon_address.ts";
import { runTop } from "../top/top.ts";
import { version } from "../version.ts";

/** What a command needs of the process it runs in. */
export interface Io {
  /** Both write all of the text before they return. */
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly stdin: ReadableStream<Uint8Array>;
  readonly terminal: Terminal;
  readonly env: (name: string) => string | undefined;
  readonly readTextFile: (path: string) => Promise<string>;
  /** As chmod has it; undefined where there is no such thing. */
  readonly fileMode: (path: string) => Promise<number | undefined>;
  /** Gives up, for good, the right to files that are not named, and to the environment but for what was asked before. */
  readonly confine: (needs: Needs) => Confinement;
  /** Calls `listener` at each SIGTERM and SIGINT until the function that it returns is called. */
  readonly onStopSignal: (listener: () => void) => () => void;
  /** Likewise at each SIGHUP. */
  readonly onReloadSignal: (listener: () => void) => () => void;
}

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
    // The reader of the output has gone, as in `rtcount count FILE | head`: nobody is left to be told.
    if (error instanceof Deno.errors.BrokenPipe) return STATUS.done;
    if (error instanceof ConfigError) io.stderr(`${error.message}\n`);
    else if (error instanceof UsageError) io.stderr(`rtcount: ${error.message}\n`);
    else io.stderr(`rtcount: ${formatError(error)}\n`);
    return error instanceof ConfigError || error instanceof UsageError ? error.exitStatus : STATUS.failed;
  }
}

async function runCommand(command: Command, io: Io): Promise<number> {
  switch (command.name) {
    case "run": {
      const file = configFile(command);
      return await runDaemon(() => load(command, io, { file }), io, { configFile: file });
    }
    case "demo":
      return await runDemo(command, io);
    case "count":
      return await count(command, io);
    case "top":
      return await top(command, io);
    case "config check":
      await load(command, io, { file: command.operands[0] });
      io.stdout(`${command.operands[0]}: ok\n`);
      return STATUS.done;
    case "config show":
      io.stdout(formatConfig(await load(command, io, { file: command.operands[0] ?? defaultConfigFile })));
      return STATUS.done;
    case "config schema":
      io.stdout(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
      return STATUS.done;
    case "check":
      return await check(command, io);
  }
}

async function runDemo(command: Command, io: Io): Promise<number> {
  const [duration] = command.options.duration ?? [];
  return await runDaemon(() => load(command, io, { file: "demo", text: DEMO_CONFIG }), io, {
    durationMs: duration === undefined ? undefined : parseDuration(duration),
  });
}

async function count(command: Command, io: Io): Promise<number> {
  const config = await load(command, io, { file: command.options.config?.[0], sourceOptional: true });
  const progress = progressBar(io);
  io.confine({ read: command.operands.filter((operand) => operand !== "-"), write: [] });
  const { words, window, top } = config;
  await runCount({
    files: command.operands,
    format: command.options.format?.[0] === "kcat" ? "kcat" : "lines",
    output: command.options.output?.[0] === "json" ? "json" : "text",
    rules: wordRules(config),
    window: { lengthMs: window.length, slideMs: window.slide, maxWords: window.max_words },
    top,
    maxRecordBytes: words.max_record_bytes,
    part: textPart(config),
    stdin: io.stdin,
    stdout: io.stdout,
    log: logOf(config, io),
    progress,
  });
  return STATUS.done;
}

/** On standard error alone, and only where that is looked at. */
function progressBar(io: Io): ProgressBar | undefined {
  if (!hasScreen(io, "stderr")) return undefined;
  const { terminal, stderr } = io;
  return new ProgressBar({ write: stderr, columns: () => terminal.size().columns, clock: systemClock });
}

async function check(command: Command, io: Io): Promise<number> {
  const { options } = command;
  const file = configFile(command);
  const { config, problems } = await loadSound(command, io, file);
  const isJson = options.json !== undefined;
  const colour = io.terminal.isTerminal("stdout") && !io.env("NO_COLOR");
  io.confine({ read: ["/"], write: [] });
  const findings = await checkChain({
    configFile: file,
    config,
    problems,
    url: options.url?.[0],
    prometheus: options.prometheus?.[0],
    grafana: options.grafana?.[0],
    grafanaTokenFile: options["grafana-token-file"]?.[0],
    readTextFile: io.readTextFile,
    clock: systemClock,
    onFinding: (finding) => isJson || io.stdout(formatFinding(finding, { colour })),
  });
  io.stdout(isJson ? formatFindingsJson(findings) : formatSummary(findings));
  if (problems.length > 0) return new ConfigError(problems).exitStatus;
  return findings.some(({ status }) => status === "FAIL") ? STATUS.failed : STATUS.done;
}

/** Where these are wrong, too little is left. */
const VITAL_KEYS = ["", "name", "source"];
/** The text, the files that it names, the stop words: each is looked at when the one before is well. And once for good. */
const LOAD_ROUNDS = 4;

/** The configuration; where it is wrong, what is wrong, and it without the parts that are, as far as that says enough. */
async function loadSound(
  command: Command,
  io: Io,
  file: string,
): Promise<{ config: Config | undefined; problems: readonly ConfigProblem[] }> {
  const problems: ConfigProblem[] = [];
  for (let round = 0; round < LOAD_ROUNDS; round++) {
    const without = problems.map(({ path }) => path.split(".")[0]);
    if (without.some((key) => VITAL_KEYS.includes(key))) break;
    try {
      return { config: await load(command, io, { file, without }), problems };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  return { config: undefined, problems };
}

/** Whether it is a terminal that knows control sequences. */
function hasScreen({ terminal, env }: Io, stream: "stdout" | "stderr"): boolean {
  return terminal.isTerminal(stream) && env("TERM") !== "dumb";
}

async function top({ options }: Command, io: Io): Promise<number> {
  const address = parseDaemonAddress(options.url?.[0] ?? defaultDaemonUrl);
  // It is not shown: there may be a password in it.
  if (address === undefined) {
    throw new UsageError(`--url is no http or https address, wanted one such as ${defaultDaemonUrl}`);
  }
  const stopping = new AbortController();
  const forgetSignals = io.onStopSignal(() => stopping.abort());
  try {
    const hasColor = (io.env("NO_COLOR") ?? "") === "";
    const screen = { hasScreen: hasScreen(io, "stdout"), hasColor };
    io.confine({ read: [], write: [] });
    await runTop({ ...io, ...screen, address, clock: systemClock }, stopping.signal);
    return STATUS.done;
  } finally {
    forgetSignals();
  }
}

/** Runs until it is told to stop or cannot go on. A second signal does not wait for what the first one began. */
async function runDaemon(
  read: () => Promise<Config>,
  io: Io,
  { configFile, durationMs }: { configFile?: string; durationMs?: number } = {},
): Promise<number> {
  const config = await read();
  const log = logOf(config, io);
  const stop = Promise.withResolvers<void>();
  const abandon = Promise.withResolvers<number>();
  let signals = 0;
  const forgetSignals = io.onStopSignal(() =>
    ++signals === 1 ? stop.resolve() : abandon.resolve(STATUS.failed)
  );
  const started = Promise.withResolvers<Daemon>();
  const broken = Promise.withResolvers<never>();
  let reloading = Promise.resolve();
  const forgetReloads = io.onReloadSignal(() => {
    reloading = reloading.then(() => started.promise).then(async (daemon) => {
      manager?.reloading();
      await daemon.reload(read);
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
    logConfinement(
      io.confine(neededFiles(config, { configFile, notifySocket: io.env("NOTIFY_SOCKET") })),
      log,
    );
    const daemon = await startDaemon({
      config,
      log,
      clock: systemClock,
      stdout: untilClosed(io, stop.resolve),
    });
    log.info(`metrics at ${daemon.url}/metrics, top words at ${daemon.url}/api/v1/top`);
    if (durationMs !== undefined) systemClock.sleep(durationMs, over.signal).then(stop.resolve);
    manager?.ready(daemon);
    started.resolve(daemon);
    const stopped = stop.promise.then(() => {
      manager?.stopping();
      return daemon.stop();
    });
    const ended = Promise.race([daemon.done, stopped, broken.promise]).then(() => STATUS.done);
    return await Promise.race([ended, abandon.promise]);
  } finally {
    over.abort();
    manager?.close();
    forgetSignals();
    forgetReloads();
  }
}

/** What a daemon goes on using, or uses at a reload. */
function neededFiles(
  { source: { lines }, words, state: { dir }, files = [] }: Config,
  { configFile, notifySocket }: { configFile: string | undefined; notifySocket: string | undefined },
): Needs {
  const isPath = (path: string | undefined): path is string =>
    path !== undefined && path !== "" && path !== "-";
  // A name of the abstract namespace is no file.
  const socket = notifySocket?.startsWith("/") ? notifySocket : undefined;
  const write = [dir, socket].filter(isPath);
  const read = [configFile, words.stop_words_file, lines?.path, ...files.map(({ path }) => path), ...write];
  return { read: read.filter(isPath), write };
}

function logConfinement({ reading, writing, remaining }: Confinement, log: Log): void {
  const report = (right: string, paths: readonly string[]) => {
    if (paths.length > 0) log.info(`the process keeps the right to ${right} all files, for these`, { paths });
  };
  if (remaining.length > 0) {
    log.warn("the process was started with more rights than it needs, and cannot give them up", {
      rights: remaining,
    });
    return;
  }
  report("read", reading);
  report("write", writing);
  log.debug("the process has given up all rights to files that it does not need");
}

/** Standard output until its reader goes away; then there is nothing left to run for. */
function untilClosed({ stdout }: Io, onClosed: () => void): (text: string) => void {
  let closed = false;
  return (text) => {
    if (closed) return;
    try {
      stdout(text);
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      closed = true;
      onClosed();
    }
  };
}

function logOf({ log: { level, format } }: Config, io: Io): Log {
  return createLog({ level, format, write: (line) => io.stderr(`${line}\n`), clock: systemClock });
}

function configFile({ options }: Command): string {
  return options.config?.[0] ?? defaultConfigFile;
}

function load(
  { options }: Command,
  { env, readTextFile, fileMode }: Io,
  what: Pick<LoadConfigOptions, "file" | "text" | "sourceOptional" | "without">,
): Promise<Config> {
  const sets = [...options.set ?? []];
  const [listen] = options.listen ?? [];
  const [level] = options["log-level"] ?? [];
  const [format] = options["log-format"] ?? [];
  if (listen !== undefined) sets.push(`http.listen=${listen}`);
  if (level !== undefined) sets.push(`log.level=${level}`);
  if (format !== undefined) sets.push(`log.format=${format}`);
  return loadConfig({ ...what, sets, env, readTextFile, fileMode, nowMs: systemClock.nowMs() });
}
