// Makes the manual page rtcount.yaml(5) from the schema of the configuration.

import { defaultConfigFile } from "../../lib/cli/commands.ts";
import { version } from "../../lib/version.ts";
import { type ConfigKey, configSections, NOTATION, plainKeys } from "./config_keys.ts";
import { bold, exampleLine, italic, manPage, roff, tagged } from "./roff.ts";

const EXAMPLE = `source:
  kafka:
    brokers: [127.0.0.1:9092]
    topics: [raw-events]
window: {length: 60s, slide: 2s}
state: {dir: /var/lib/rtcount}`;

export function configManPage(): string {
  return manPage([
    '.\\" deno task docs makes this file from lib/config/schema.ts.',
    `.TH RTCOUNT.YAML 5 "" "rtcount ${version}" "File Formats"`,
    ".SH NAME",
    "rtcount.yaml \\- configuration of rtcount",
    ".SH SYNOPSIS",
    italic(defaultConfigFile),
    ".SH DESCRIPTION",
    "The file is YAML. Only " + bold("source") + " is required.",
    "A key without a value is an absent key.",
    roff("`${NAME}` is the value of the environment variable NAME; `$${` is a plain `${`."),
    roff(NOTATION),
    ".PP",
    `${bold("rtcount config check")} ${italic("FILE")} reports every error of a file.`,
    ".SH KEYS",
    ...plainKeys().map(describeKey),
    ...configSections().flatMap(({ path, description, keys }) => [
      `.SS ${path}`,
      roff(description),
      ...keys.map(describeKey),
    ]),
    ".SH EXAMPLE",
    ".nf",
    ...EXAMPLE.split("\n").map(exampleLine),
    ".fi",
    ".SH SEE ALSO",
    bold("rtcount") + "(1)",
  ]);
}

function describeKey(key: ConfigKey): string {
  const { path, value, isRequired, description } = key;
  const fallback = isRequired
    ? "; required"
    : key.default === undefined
    ? ""
    : `; default: ${roff(`\`${key.default}\``)}`;
  return tagged(bold(path), [`${roff(`(${value}`)}${fallback})`, ".br", roff(description)]);
}
