// namedFiles lists the paths of all files that a configuration names, so that load.ts can read them. config_file.ts
// checks their contents.

import { z } from "zod";
import { type FileContent, kindOf, traits } from "./key.ts";
import { childIn, type Path } from "./places.ts";
import { configSchema } from "./schema.ts";

export interface NamedFile {
  readonly key: Path;
  readonly path: string;
  readonly content: FileContent;
}

/** The files in the order of the schema. */
export function namedFiles(config: unknown, schema: z.ZodType = configSchema, key: Path = []): NamedFile[] {
  const content = traits(schema)?.file;
  if (content !== undefined) return typeof config === "string" ? [{ key, path: config, content }] : [];
  const kind = kindOf(schema);
  if (!(kind instanceof z.ZodObject)) return [];
  return Object.keys(kind.shape).flatMap((name) =>
    namedFiles(childIn(config, name), kind.shape[name] as z.ZodType, [...key, name])
  );
}
