// Turns the schema keys of the section records into the source of schemas.

import type { Clock } from "../async/clock.ts";
import { textOf } from "../config/config_file.ts";
import type { Config } from "../config/schema.ts";
import { importedFiles, SCHEMA_FILE_KEY } from "../config/schema_file.ts";
import { registryUrls } from "../config/schema_registry_schema.ts";
import { avroFormat } from "../formats/avro/avro_format.ts";
import { namedMessage, protobufFormat } from "../formats/protobuf/protobuf_format.ts";
import { loadProtobufjs } from "../formats/protobuf/protobufjs.ts";
import type { SchemaFormat, SchemaSource } from "../formats/schema/value_schema.ts";
import { basicAuthorization, parseHttpAddress } from "../http_client/http_address.ts";
import type { Log } from "../log/log.ts";
import type { RegistryLogin } from "../registry/registry_client.ts";
import { RegistrySchemas, type RegistrySettings } from "../registry/registry_schemas.ts";
import { TokenError } from "../tokens/token_error.ts";
import { readTokenFile } from "../tokens/token_file.ts";

const KEY = "records.schema_registry";

/** By the name of the format of records. */
const FORMATS = { avro: avroFormat, protobuf: protobufFormat } as const;

export interface SchemaContext {
  /** Called when a schema has arrived. */
  readonly onNews: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Comes before any of the functions below. */
export async function loadSchemaFormat({ records: { format } }: Config): Promise<void> {
  if (format === "protobuf") await loadProtobufjs();
}

/** Undefined for a format without schemas, or without a registry. */
export function registrySchemas(config: Config, context: SchemaContext): RegistrySchemas | undefined {
  const settings = registrySettings(config);
  const format = schemaFormat(config);
  return settings && format && new RegistrySchemas({ ...context, settings, format });
}

/** Undefined for a format without schemas, or without a file. */
export function fileSchema(config: Config): SchemaSource | undefined {
  const { records: { schema_file, message }, files = [] } = config;
  const text = textOf(SCHEMA_FILE_KEY, schema_file, files);
  const format = schemaFormat(config);
  if (text === undefined || format === undefined) return undefined;
  const schema = { text, references: importedFiles(files) };
  return {
    kind: "file",
    open: (plan) =>
      message === undefined ? format.compile(schema, plan) : namedMessage(schema, message, plan),
  };
}

/** The address of the registry, and the login; undefined if there is none. */
export function registrySettings(
  { records: { schema_registry }, files = [] }: Config,
): RegistrySettings | undefined {
  const { url, username, password_file, token_file, ca_file, cert_file, key_file } = schema_registry;
  if (url === undefined) return undefined;
  const certificate = textOf(`${KEY}.cert_file`, cert_file, files);
  const key = textOf(`${KEY}.key_file`, key_file, files);
  const password = textOf(`${KEY}.password_file`, password_file, files);
  const value = username === undefined ? undefined : basicAuthorization(`${username}:${password}`);
  return {
    addresses: registryUrls(url).map((one) => parseHttpAddress(one)).filter((address) =>
      address !== undefined
    ),
    login: async () => token_file === undefined ? { kind: "header", value } : await tokenLogin(token_file),
    ca: textOf(`${KEY}.ca_file`, ca_file, files),
    identity: certificate === undefined || key === undefined ? undefined : { certificate, key },
  };
}

async function tokenLogin(file: string): Promise<RegistryLogin> {
  const remedy = `see the program that renews it, or correct ${KEY}.token_file`;
  try {
    return { kind: "header", value: `Bearer ${await readTokenFile(file, { what: "the token", remedy })}` };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return { kind: "fault", fault: { problem: error.condition, remedy: error.remedy } };
  }
}

function schemaFormat({ records: { format } }: Config): SchemaFormat | undefined {
  return format === "avro" || format === "protobuf" ? FORMATS[format] : undefined;
}
