// This file writes the effective configuration: as YAML that loads again, and as plain values for the API and for
// comparisons.

import { stringify } from "yaml";
import { z } from "zod";
import { formatDuration } from "../text/duration.ts";
import { kindOf, traits } from "./key.ts";
import { type Config, configSchema, exclusiveGroups } from "./schema.ts";
import { formatSize } from "../text/size.ts";

/** YAML with defaults. It loads again to the same configuration, except for secrets, which are hidden. */
export function formatConfig(config: Config): string {
  const escape = (text: string) => text.replaceAll("${", () => "$${");
  return stringify(write(config, configSchema, { escape, path: "", hidesSecrets: true }), {
    aliasDuplicateObjects: false,
    lineWidth: 0,
    nullStr: "",
    schema: "core",
  });
}

/** Plain values for JSON: durations and sizes with units, secrets hidden, null for absent keys. */
export function showConfig(config: Config): unknown {
  return write(config, configSchema, { escape: (text) => text, path: "", hidesSecrets: true });
}

/** As `showConfig`, with secrets. Use it to compare, never to show. */
export function revealConfig(config: Config): unknown {
  return write(config, configSchema, { escape: (text) => text, path: "", hidesSecrets: false });
}

interface Writing {
  readonly escape: (text: string) => string;
  /** The path of the value. */
  readonly path: string;
  readonly hidesSecrets: boolean;
}

function write(value: unknown, schema: z.ZodType, writing: Writing): unknown {
  if (value === undefined) return null;
  const kind = kindOf(schema);
  const { unit, secret } = traits(schema) ?? {};
  if (secret && writing.hidesSecrets) return "<secret>";
  if (unit !== undefined) {
    return unit === "duration" ? formatDuration(Number(value)) : formatSize(Number(value));
  }
  if (kind instanceof z.ZodArray) {
    return (value as readonly unknown[]).map((item) => write(item, kind.element as z.ZodType, writing));
  }
  if (kind instanceof z.ZodRecord) {
    const texts = Object.entries(value as Record<string, unknown>);
    return Object.fromEntries(
      texts.map(([name, text]) => [name, write(text, kind.valueType as z.ZodType, writing)]),
    );
  }
  if (kind instanceof z.ZodObject) return writeMapping(value as Record<string, unknown>, kind, writing);
  return typeof value === "string" ? writing.escape(value) : value;
}

/** Keys in the order of the schema. An absent key is null; one that another key excludes is left out. */
function writeMapping(
  value: Readonly<Record<string, unknown>>,
  kind: z.ZodObject,
  { escape, path, hidesSecrets }: Writing,
): Record<string, unknown> {
  const exclusive = exclusiveGroups(path).flat();
  const names = Object.keys(kind.shape).filter((name) =>
    value[name] !== undefined || !exclusive.includes(name)
  );
  return Object.fromEntries(names.map((name) => {
    const below = path === "" ? name : `${path}.${name}`;
    return [name, write(value[name], kind.shape[name] as z.ZodType, { escape, path: below, hidesSecrets })];
  }));
}
