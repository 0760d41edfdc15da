// Checks the file that records.schema_file names.

import { parseAvroSchema } from "../formats/avro/avro_schema.ts";
import type { ConfigFile } from "./config_file.ts";
import type { KeyProblem } from "./config_error.ts";

/** The problem of the file, if it holds no schema. */
export function schemaFaults(files: readonly ConfigFile[]): KeyProblem[] {
  return files.filter(({ content }) => content === "schema").flatMap(({ key, path, text }) => {
    try {
      parseAvroSchema(text);
      return [];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return [{ key, message: `${path} holds no Avro schema: ${error.message}` }];
    }
  });
}
