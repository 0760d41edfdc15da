// The commands and their options, declared once: parsing and help both go by it.

import { DEFAULT_LISTEN, defaultDaemonUrl } from "../config/schema.ts";
import { parseDuration } from "../text/duration.ts";
import { isAddress } from "../text/address.ts";

export type CommandName =
  | "run"
  | "demo"
  | "count"
  | "top"
  | "config check"
  | "config show"
  | "config schema"
  | "check";

export interface Option {
  /** What stands for the value in the help; undefined for one that takes none. */
  readonly value?: string;
  readonly about: string;
  /** The only values allowed. */
  readonly oneOf?: readonly string[];
  readonly accepts?: { readonly test: (value: string) => boolean; readonly example: string };
  readonly repeatable?: true;
  /** It may hold a password: no message repeats it. */
  readonly hidden?: true;
}

export interface Command {
  readonly operands: string;
  readonly minOperands: number;
  readonly maxOperands: number;
  readonly about: string;
  readonly details?: string;
  readonly options: readonly string[];
}

export const OPTIONS: Readonly<Record<string, Option>> = {
  config: { value: "FILE", about: "the configuration" },
  listen: {
    value: "HOST:PORT",
    about: `where HTTP listens (${DEFAULT_LISTEN})`,
    accepts: { test: isAddress, example: DEFAULT_LISTEN },
  },
  duration: {
    value: "DURATION",
    about: "end after so long: a whole number and ms, s, m, h or d",
    accepts: { test: (value) => parseDuration(value) !== undefined, example: "30s" },
  },
  format: {
    value: "FORMAT",
    about: "lines: each a record (the default); kcat: envelopes of kcat -C -J",
    oneOf: ["lines", "kcat"],
  },
  output: {
    value: "OUTPUT",
    about: "text (the default), or json: one object a line",
    oneOf: ["text", "json"],
  },
  set: { value: "PATH=VALUE", about: "override one key of the configuration (repeatable)", repeatable: true },
  "log-level": {
    value: "LEVEL",
    about: "debug, info, warn or error",
    oneOf: ["debug", "info", "warn", "error"],
  },
  "log-format": { value: "FORMAT", about: "text or json", oneOf: ["text", "json"] },
  url: {
    value: "URL",
    about: `where the daemon is (check: as http.listen says; top: ${defaultDaemonUrl})`,
    accepts: { test: isHttpUrl, example: defaultDaemonUrl },
    hidden: true,
  },
  prometheus: {
    value: "URL",
    about: "where Prometheus is (http://127.0.0.1:9090, if one answers there)",
    accepts: { test: isHttpUrl, example: "http://127.0.0.1:9090" },
    hidden: true,
  },
  grafana: {
    value: "URL",
    about: "where Grafana is",
    accepts: { test: isHttpUrl, example: "http://127.0.0.1:3000" },
    hidden: true,
  },
  "grafana-token-file": { value: "FILE", about: "holds a service account's token for Grafana" },
  json: { about: "one JSON array of {check, status, message, remedy}" },
};

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol);
}

const COMMON = ["set", "log-level", "log-format"];

export const defaultConfigFile = "/etc/rtcount/rtcount.yaml";

export const COMMANDS: Readonly<Record<CommandName, Command>> = {
  run: {
    operands: "",
    minOperands: 0,
    maxOperands: 0,
    about: "run the daemon",
    details:
      `The configuration is ${defaultConfigFile} where --config does not name another. SIGTERM and SIGINT end it.`,
    options: ["config", ...COMMON],
  },
  demo: {
    operands: "",
    minOperands: 0,
    maxOperands: 0,
    about: "run the daemon on an embedded stream: no Kafka, no file",
    details: "Each closed window is printed; metrics are at http://127.0.0.1:8000/metrics. Ctrl-C ends it.",
    options: ["listen", "duration", ...COMMON],
  },
  count: {
    operands: "[FILE...]",
    minOperands: 0,
    maxOperands: Infinity,
    about: "count the words of files, or of standard input for none or -",
    details:
      "Lines are counted as one window. Over kcat's envelopes runs the configured window, in event time.",
    options: ["format", "output", "config", ...COMMON],
  },
  top: {
    operands: "",
    minOperands: 0,
    maxOperands: 0,
    about: "show the top words of a daemon in the terminal, as they change",
    details:
      `http and https, also http://USER:PASSWORD@HOST:PORT. q or Ctrl-C ends it. Where standard output is no
terminal each closed window is one line: fields with tabs between them.`,
    options: ["url"],
  },
  "config check": {
    operands: "FILE",
    minOperands: 1,
    maxOperands: 1,
    about: "say all that is wrong with FILE, or that it is ok",
    options: COMMON,
  },
  "config show": {
    operands: "[FILE]",
    minOperands: 0,
    maxOperands: 1,
    about: "show the configuration in force, defaults included",
    details: `FILE is ${defaultConfigFile} where none is given.`,
    options: COMMON,
  },
  "config schema": {
    operands: "",
    minOperands: 0,
    maxOperands: 0,
    about: "show the JSON Schema of the configuration",
    options: [],
  },
  check: {
    operands: "",
    minOperands: 0,
    maxOperands: 0,
    about: "check Kafka, the daemon, Prometheus and Grafana, link by link",
    details:
      `A line for each: ok, warn or FAIL, what was found, and what to do. It takes 30 s at most, and changes nothing.
The configuration is ${defaultConfigFile} where --config does not name another.
Exit status: 0 nothing failed, 1 something did, 78 the configuration is wrong.`,
    options: [
      "config",
      "url",
      "prometheus",
      "grafana",
      "grafana-token-file",
      "json",
      ...COMMON,
    ],
  },
};

const STATUSES = `Exit status: 0 done, or stopped by SIGTERM or SIGINT; 1 failed at run time; 2 wrong usage;
78 wrong configuration.`;

export function usageLine(name: CommandName): string {
  const { operands, options } = COMMANDS[name];
  return ["rtcount", name, options.length > 0 ? "[OPTION...]" : "", operands].filter((part) => part !== "")
    .join(" ");
}

export function overview(): string {
  return `rtcount counts the words of a stream over a sliding window.

usage: rtcount COMMAND [OPTION...]

${table(Object.entries(COMMANDS).map(([name, { operands, about }]) => [`${name} ${operands}`.trim(), about]))}

rtcount COMMAND --help says more of a command, rtcount --version which version this is.
${STATUSES}
`;
}

export function configHelp(): string {
  const names = (Object.keys(COMMANDS) as CommandName[]).filter((name) => name.startsWith("config "));
  return `${table(names.map((name) => [usageLine(name), COMMANDS[name].about]))}\n`;
}

export function commandHelp(name: CommandName): string {
  const { about, details, options } = COMMANDS[name];
  const rows = options.map((option) =>
    [`--${option} ${OPTIONS[option].value ?? ""}`.trim(), OPTIONS[option].about] as const
  );
  const sentence = about[0].toUpperCase() + about.slice(1);
  return `usage: ${usageLine(name)}

${sentence}.${details === undefined ? "" : `\n${details}`}

${table([...rows, ["--help", "say this"]])}
`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
