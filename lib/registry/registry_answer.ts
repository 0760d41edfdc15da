// Reads the answers of a schema registry with Confluent's interface, which Apicurio and Karapace have too. They come from
// outside: each member is checked, and a page of another server is no answer.

import type { HttpOutcome } from "../http_client/http_client.ts";
import { quoteServer } from "../text/quote_server.ts";
import { memberOf, parseSalted, unsalted } from "../text/salted_json.ts";

/** Codes of the errors "schema", "subject" and "version not found". */
const NOT_FOUND_CODES: readonly unknown[] = [40401, 40402, 40403];
const DEFAULT_TYPE = "AVRO";

const encoder = new TextEncoder();

/** A schema that another one refers to, by the name that it has there. */
export interface SchemaReference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

export interface SchemaAnswer {
  readonly kind: "schema";
  readonly type: string;
  readonly text: string;
  readonly references: readonly SchemaReference[];
}

/** `missing`: the registry says that it does not have the schema. A failure says nothing about the schema. */
export type RegistryAnswer =
  | SchemaAnswer
  | { readonly kind: "missing" }
  | { readonly kind: "failure"; readonly reason: string };

/** The outcome of a request, and the parts of the request that no message shows. */
export interface RegistryReply {
  readonly outcome: HttpOutcome;
  readonly secrets: readonly string[];
}

/** Reads the answer to a question for a schema. */
export function readSchemaAnswer(reply: RegistryReply): RegistryAnswer {
  const answer = readJson(reply);
  if (answer.kind !== "json") return answer;
  const { json } = answer;
  const text = textOf(json, "schema");
  const type = memberOf(json, "schemaType") === undefined ? DEFAULT_TYPE : textOf(json, "schemaType");
  const references = referencesOf(memberOf(json, "references") ?? []);
  if (text === undefined || type === undefined || references === undefined) {
    return { kind: "failure", reason: `the answer has no schema: ${WRONG_PATH}` };
  }
  return { kind: "schema", type, text, references };
}

/** Why a registry does not work, by its answer to the question for its types; undefined if it does. */
export function registryFault(reply: RegistryReply): string | undefined {
  const answer = readJson(reply);
  if (answer.kind === "json") {
    return Array.isArray(answer.json) ? undefined : `the answer has no types of schemas: ${WRONG_PATH}`;
  }
  return answer.kind === "missing" ? `the registry has no such path: ${WRONG_PATH}` : answer.reason;
}

const WRONG_PATH =
  "check the host and the path of records.schema_registry.url (Apicurio's ends with /apis/ccompat/v7)";
const LOGIN = "check records.schema_registry.username, password_file and token_file";

function readJson(
  { outcome, secrets }: RegistryReply,
): { readonly kind: "json"; readonly json: object } | Exclude<RegistryAnswer, SchemaAnswer> {
  if (outcome.kind === "failure") return { kind: "failure", reason: outcome.reason };
  const { status, text } = outcome;
  const json = parseObject(text);
  if (status === 200) {
    return json === undefined
      ? { kind: "failure", reason: `the answer is not JSON: ${WRONG_PATH}` }
      : { kind: "json", json };
  }
  const code = memberOf(json, "error_code");
  const message = textOf(json, "message");
  if (status === 404 && NOT_FOUND_CODES.includes(code)) return { kind: "missing" };
  if (status === 401) return { kind: "failure", reason: `it wants a login (status 401): ${LOGIN}` };
  if (status === 403) {
    return { kind: "failure", reason: `the user may not read schemas (status 403): ${LOGIN}` };
  }
  if (status === 404) {
    return { kind: "failure", reason: `no registry is at this address (status 404): ${WRONG_PATH}` };
  }
  const said = message === undefined ? "" : ` (${quoteServer(message, secrets)})`;
  return { kind: "failure", reason: `it answered with status ${status}${said}: see the log of the registry` };
}

/** As `parseSalted` returns it. */
function parseObject(text: string): object | undefined {
  try {
    const json = parseSalted(encoder.encode(text));
    return typeof json === "object" && json !== null ? json : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function referencesOf(value: unknown): readonly SchemaReference[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const references = value.map(referenceOf).filter((reference) => reference !== undefined);
  return references.length === value.length ? references : undefined;
}

function referenceOf(value: unknown): SchemaReference | undefined {
  const [name, subject] = [textOf(value, "name"), textOf(value, "subject")];
  const version = memberOf(value, "version");
  const isReference = name !== undefined && subject !== undefined && subject.isWellFormed() &&
    Number.isSafeInteger(version);
  return isReference ? { name, subject, version: Number(version) } : undefined;
}

/** The member if it is a string. */
function textOf(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name);
  return typeof member === "string" ? unsalted(member) : undefined;
}
