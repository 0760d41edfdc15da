// Reads and checks the file that records.schema_file names, and the .proto files that it imports.

import { dirname, join, normalize } from "node:path";
import { parseAvroSchema } from "../formats/avro/avro_schema.ts";
import { importsOf } from "../formats/protobuf/proto_files.ts";
import { ProtobufFile } from "../formats/protobuf/protobuf_type.ts";
import { loadProtobufjs } from "../formats/protobuf/protobufjs.ts";
import type { Config } from "./config.ts";
import type { KeyProblem } from "./config_error.ts";
import type { ConfigFile } from "./config_file.ts";

export const SCHEMA_FILE_KEY = "records.schema_file";
const IMPORT_KEY = `${SCHEMA_FILE_KEY}.`;
const MAX_IMPORTS = 256;

/** The imported files, by the names that they have in the import statements. */
export function importedFiles(
  files: readonly ConfigFile[],
): { readonly name: string; readonly text: string }[] {
  return files.filter(({ key }) => key.startsWith(IMPORT_KEY))
    .map(({ key, text }) => ({ name: key.slice(IMPORT_KEY.length), text }));
}

/** Reads the files that a .proto file imports, from the folder of that file. @throws {Error} if one cannot be read */
export async function readImports(
  { records: { format } }: Config,
  files: readonly ConfigFile[],
  readText: (path: string) => Promise<string>,
): Promise<readonly ConfigFile[]> {
  const main = files.find(({ key }) => key === SCHEMA_FILE_KEY);
  if (main === undefined || format !== "protobuf") return [];
  const found = new Map<string, ConfigFile>();
  const waiting = importsOf(main.text);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    if (found.size >= MAX_IMPORTS) throw new Error(`imports more than ${MAX_IMPORTS} files`);
    if (normalize(name).startsWith("..") || name.startsWith("/")) {
      throw new Error(`imports ${JSON.stringify(name)}, wanted a file below its own folder`);
    }
    const path = join(dirname(main.path), name);
    const text = await readText(path);
    found.set(name, { key: IMPORT_KEY + name, path, content: "schema", text, mode: undefined });
    waiting.push(...importsOf(text));
  }
  return [...found.values()];
}

/** The problem of the file if it holds no schema, or if its schema does not have the message. */
export async function schemaFaults(
  { records: { format, message = "" } }: Config,
  files: readonly ConfigFile[],
): Promise<KeyProblem[]> {
  const file = files.find(({ key }) => key === SCHEMA_FILE_KEY);
  if (file === undefined) return [];
  const { key, path, text } = file;
  try {
    if (format === "avro") parseAvroSchema(text);
    else {
      await loadProtobufjs();
      new ProtobufFile({ text, references: importedFiles(files) }).message(message);
    }
    return [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [{ key, message: `${path} holds no schema: ${error.message}` }];
  }
}
