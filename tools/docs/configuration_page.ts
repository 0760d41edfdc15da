// Makes docs/configuration.md from the schema of the configuration.

import { type ConfigKey, configSections, NOTATION, plainKeys } from "./config_keys.ts";
import { code, markdownTable, wrap } from "./markdown_table.ts";

export function configurationPage(): string {
  const introduction = wrap(
    "Every key of the configuration file. [configure.md](configure.md) explains how to write one. " +
      NOTATION,
  );
  const sections = configSections().map(({ path, description, keys }) => {
    const table = keys.length === 0 ? "" : `\n${tableOf(keys)}\n`;
    return `## ${code(path)}\n\n${description}\n${table}`;
  });
  return `# Configuration reference

<!-- deno task docs makes this file from lib/config/schema.ts. -->

${introduction}

${tableOf(plainKeys())}

${sections.join("\n")}`;
}

function tableOf(keys: readonly ConfigKey[]): string {
  return markdownTable(
    ["Key", "Value", "Default", "Description"],
    keys.map((key) => [code(key.path), key.value, defaultOf(key), key.description]),
  );
}

function defaultOf(key: ConfigKey): string {
  if (key.isRequired) return "required";
  return key.default === undefined ? "" : code(key.default);
}
