// Declares each command and option once, for the parser, the help, the manual page and the completions.

import { DEFAULT_LISTEN, defaultDaemonUrl } from "../config/schema.ts";
import { parseHttpAddress } from "../http_client/http_address.ts";
import { isAddress } from "../text/address.ts";
import { parseDuration } from "../text/duration.ts";
import { parseSince } from "./count_options.ts";

export interface Option {
  /** The placeholder of the value in the help; undefined for an option without a value. */
  readonly value?: string;
  readonly about: string;
  /** The only values allowed. */
  readonly oneOf?: readonly string[];
  readonly accepts?: { readonly test: (value: string) => boolean; readonly example: string };
  readonly repeatable?: true;
  /** The environment variable that serves instead. */
  readonly variable?: string;
  /** The value may hold a password: no message repeats it. */
  readonly hidden?: true;
}

export interface Command {
  /** None by default. */
  readonly operands?: "FILE" | "[FILE]" | "[FILE...]";
  readonly about: string;
  readonly details?: string;
  readonly options: readonly string[];
}

const URL_OPTION = { value: "URL", hidden: true } as const;

export const OPTIONS: Readonly<Record<string, Option>> = {
  config: { value: "FILE", about: "the configuration" },
  listen: {
    value: "HOST:PORT",
    about: `address of the HTTP server (default: ${DEFAULT_LISTEN})`,
    accepts: { test: isAddress, example: DEFAULT_LISTEN },
  },
  duration: {
    value: "DURATION",
    about: "stop after this time: a whole number and ms, s, m, h or d",
    accepts: { test: (value) => parseDuration(value) !== undefined, example: "30s" },
  },
  format: {
    value: "FORMAT",
    about: "lines: each line is a record (default); kcat: envelopes of kcat -C -J",
    oneOf: ["lines", "kcat"],
  },
  output: {
    value: "OUTPUT",
    about: "text (default), or json: one object per line",
    oneOf: ["text", "json"],
  },
  brokers: {
    value: "HOST:PORT,...",
    about: "count Kafka topics: addresses of some brokers",
    accepts: { test: (value) => value.split(",").every(isAddress), example: "localhost:9092" },
  },
  topic: { value: "TOPIC", about: "a topic to count, or /regex/ (repeatable)", repeatable: true },
  last: {
    value: "DURATION",
    about: "only records dated in this time up to now: a whole number and ms, s, m, h or d",
    accepts: { test: (value) => parseDuration(value) !== undefined, example: "10m" },
  },
  since: {
    value: "TIME",
    about: "only records dated at this time (RFC 3339) or later",
    accepts: { test: (value) => parseSince(value) !== undefined, example: "2026-11-30T10:00:00Z" },
  },
  set: { value: "PATH=VALUE", about: "override one key of the configuration (repeatable)", repeatable: true },
  "log-level": {
    value: "LEVEL",
    about: "debug, info, warn or error",
    oneOf: ["debug", "info", "warn", "error"],
  },
  "log-format": { value: "FORMAT", about: "text or json", oneOf: ["text", "json"] },
  url: {
    ...URL_OPTION,
    about: `address of the daemon (default: http.listen; for top ${defaultDaemonUrl})`,
    accepts: { test: isHttpUrl, example: defaultDaemonUrl },
  },
  prometheus: {
    ...URL_OPTION,
    about: "address of Prometheus (default: http://127.0.0.1:9090, if it answers there)",
    accepts: { test: isHttpUrl, example: "http://127.0.0.1:9090" },
  },
  grafana: {
    ...URL_OPTION,
    about: "address of Grafana",
    accepts: { test: isHttpUrl, example: "http://127.0.0.1:3000" },
  },
  "login-file": {
    value: "FILE",
    about: "file with USER:PASSWORD for the daemon",
    variable: "RTCOUNT_LOGIN",
  },
  "prometheus-login-file": {
    value: "FILE",
    about: "file with USER:PASSWORD for Prometheus",
    variable: "RTCOUNT_PROMETHEUS_LOGIN",
  },
  "grafana-token-file": {
    value: "FILE",
    about: "file with the token of a Grafana service account",
    variable: "RTCOUNT_GRAFANA_TOKEN",
  },
  "ca-file": {
    value: "FILE",
    about: "file with certificates (PEM) to trust beside the usual ones",
    variable: "DENO_CERT",
  },
  rising: { about: "show the words that come far more often than usual instead of the most frequent ones" },
  new: { about: "show the words that the stream did not have before instead of the most frequent ones" },
  json: { about: "print one JSON array of {check, status, message, remedy}" },
};

function isHttpUrl(text: string): boolean {
  return parseHttpAddress(text) !== undefined;
}

const COMMON = ["set", "log-level", "log-format"];

export const defaultConfigFile = "/etc/rtcount/rtcount.yaml";

export const COMMANDS = {
  run: {
    about: "run the daemon",
    details:
      `Without --config it reads ${defaultConfigFile}. SIGTERM and SIGINT stop it; SIGHUP reads the file again.`,
    options: ["config", ...COMMON],
  },
  demo: {
    about: "run the daemon on an embedded stream: no Kafka, no file",
    details:
      `It prints each closed window, and serves metrics at ${defaultDaemonUrl}/metrics. Ctrl-C stops it.`,
    options: ["listen", "duration", ...COMMON],
  },
  count: {
    operands: "[FILE...]",
    about: "count the words of files, of standard input for none or -, or of Kafka topics",
    details: `All lines are one window. Envelopes of kcat go through the configured window, in event time.
Input in gzip or zstd is decompressed, whatever its name.
With --brokers or --topic it reads topics once, up to their present ends, as one window. It joins no group,
commits nothing and makes no topic. Brokers, topics, TLS and login may come from source.kafka of --config.
Ctrl-C prints what has been counted so far.`,
    options: ["brokers", "topic", "last", "since", "format", "output", "config", ...COMMON],
  },
  top: {
    about: "show the top words of a daemon in the terminal, live",
    details:
      `q or Ctrl-C stops it. For http://USER@HOST:PORT it asks for the password; http://USER:PASSWORD@HOST:PORT shows it in ps.
When standard output is not a terminal, each closed window is one line with tabs between its fields.`,
    options: ["rising", "new", "url", "login-file", "ca-file"],
  },
  "config check": {
    operands: "FILE",
    about: "report every error of FILE, or that it is ok",
    options: COMMON,
  },
  "config show": {
    operands: "[FILE]",
    about: "show the effective configuration, defaults included",
    details: `Without FILE it reads ${defaultConfigFile}.`,
    options: COMMON,
  },
  "config schema": {
    about: "show the JSON Schema of the configuration",
    options: [],
  },
  check: {
    about: "check Kafka, the daemon, Prometheus and Grafana, one after the other",
    details:
      `Each line says ok, warn or FAIL, the finding and a remedy. It takes at most 30 s, and changes nothing.
Without --config it reads ${defaultConfigFile}.
For http://USER@HOST:PORT it asks for the password; http://USER:PASSWORD@HOST:PORT shows it in ps.
Exit status: 0 nothing failed; 1 something failed; 78 the configuration is wrong.`,
    options: [
      "config",
      "url",
      "login-file",
      "prometheus",
      "prometheus-login-file",
      "grafana",
      "grafana-token-file",
      "ca-file",
      "json",
      ...COMMON,
    ],
  },
  health: {
    about: "ask /healthz of a daemon: for probes",
    details:
      `It prints one line and takes at most 5 s. Address, certificate and login are those of the configuration.
Without --config it reads ${defaultConfigFile}; with --url alone it reads no configuration.
A password_file that holds a hash is no login: name one with --login-file.
Exit status: 0 the process works; 1 it does not work or does not answer; 78 the configuration is wrong.`,
    options: ["config", "url", "login-file", "ca-file", ...COMMON],
  },
} satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;

export function commandOf(name: CommandName): Command {
  return COMMANDS[name];
}

export function isCommandName(text: string): text is CommandName {
  return Object.hasOwn(COMMANDS, text);
}

export const SUMMARY = "counts the words of a stream over a sliding window";

export const EXIT_STATUSES = [
  { status: 0, meaning: "done, or stopped by SIGTERM or SIGINT" },
  { status: 1, meaning: "failed at run time" },
  { status: 2, meaning: "wrong usage" },
  { status: 78, meaning: "wrong configuration" },
] as const;

export const commandNames = Object.keys(COMMANDS) as readonly CommandName[];

export function usageLine(name: CommandName): string {
  const { operands, options } = commandOf(name);
  return `rtcount ${name}${options.length > 0 ? " [OPTION...]" : ""}${operands ? ` ${operands}` : ""}`;
}

export function overview(): string {
  const rows = commandNames.map((name) => {
    const { operands = "", about } = commandOf(name);
    return [`${name} ${operands}`.trim(), about] as const;
  });
  return `rtcount ${SUMMARY}.

usage: rtcount COMMAND [OPTION...]

${table(rows)}

rtcount COMMAND --help describes a command, rtcount --version shows the version.
Exit status: ${EXIT_STATUSES.map(({ status, meaning }) => `${status} ${meaning}`).join("; ")}.
`;
}

export function configHelp(): string {
  const names = commandNames.filter((name) => name.startsWith("config "));
  return `${table(names.map((name) => [usageLine(name), commandOf(name).about]))}\n`;
}

export function commandHelp(name: CommandName): string {
  const { about, details, options } = commandOf(name);
  const rows = options.map((option) =>
    [`--${option} ${OPTIONS[option].value ?? ""}`.trim(), aboutOption(option)] as const
  );
  const sentence = about[0].toUpperCase() + about.slice(1);
  return `usage: ${usageLine(name)}

${sentence}.${details === undefined ? "" : `\n${details}`}

${table([...rows, ["--help", "show this help"]])}
`;
}

export function aboutOption(name: string): string {
  const { about, variable } = OPTIONS[name];
  return variable === undefined ? about : `${about} (or ${variable})`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
