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

/** Why a registry does not answer as it should, and the remedy if there is one beside the address and the registry. */
export interface RegistryFault {
  readonly problem: string;
  readonly remedy?: string;
}

/** `missing`: the registry says that it does not have the schema. A failure says nothing about the schema. */
export type RegistryAnswer =
  | SchemaAnswer
  | { readonly kind: "missing" }
  | { readonly kind: "failure"; readonly fault: RegistryFault };

/** The outcome of a request, or why it could not be sent, and the parts of the request that no message shows. */
export interface RegistryReply {
  readonly outcome: HttpOutcome | { readonly kind: "unsent"; readonly fault: RegistryFault };
  readonly secrets: readonly string[];
}

/** Reads the answer to a question for a schema. */
export function readSchemaAnswer(reply: RegistryReply): RegistryAnswer {
  const answer = readJson(reply);
  if (answer.kind !== "json") return answer;
  const { json } = answer;
  const text = textOf(json, "schema");
  const type = (memberOf(json, "schemaType") ?? null) === null ? DEFAULT_TYPE : textOf(json, "schemaType");
  const references = referencesOf(memberOf(json, "references") ?? []);
  if (text === undefined || type === undefined || references === undefined) {
    return failure("the answer has no schema", WRONG_PATH);
  }
  return { kind: "schema", type, text, references };
}

/** Why a registry does not work, by its answer to the question for its types; undefined if it does. */
export function registryFault(reply: RegistryReply): RegistryFault | undefined {
  const answer = readJson(reply);
  switch (answer.kind) {
    case "json":
      return Array.isArray(answer.json)
        ? undefined
        : { problem: "the answer has no types of schemas", remedy: WRONG_PATH };
    case "missing":
      return { problem: "the registry has no such path", remedy: WRONG_PATH };
    case "failure":
      return answer.fault;
  }
}

const WRONG_PATH =
  "check the host and the path of records.schema_registry.url (Apicurio's ends with /apis/ccompat/v7)";
const MOVED = "write the final address in records.schema_registry.url";
const LOGIN = "check records.schema_registry.username, password_file and token_file";
const CERTIFICATE = "see authority, names and dates of its certificate with openssl s_client -showcerts";

function readJson(
  { outcome, secrets }: RegistryReply,
): { readonly kind: "json"; readonly json: object } | Exclude<RegistryAnswer, SchemaAnswer> {
  if (outcome.kind === "unsent") return { kind: "failure", fault: outcome.fault };
  if (outcome.kind === "failure") {
    return failure(outcome.reason, outcome.failure === "untrusted" ? CERTIFICATE : undefined);
  }
  const { status, text } = outcome;
  const json = parseObject(text);
  if (status === 200) {
    return json === undefined ? failure("the answer is not JSON", WRONG_PATH) : { kind: "json", json };
  }
  const code = memberOf(json, "error_code");
  const message = textOf(json, "message");
  if (status === 404 && NOT_FOUND_CODES.includes(code)) return { kind: "missing" };
  if (status === 401) return failure("it wants a login (status 401)", LOGIN);
  if (status === 403) return failure("the user may not read schemas (status 403)", LOGIN);
  if (status === 404) return failure("no registry is at this address (status 404)", WRONG_PATH);
  if (status >= 300 && status < 400) {
    return failure(`it redirects to another address (status ${status})`, MOVED);
  }
  const said = message === undefined ? "" : ` (${quoteServer(message, secrets)})`;
  return failure(`it answered with status ${status}${said}`, "see the log of the registry");
}

function failure(
  problem: string,
  remedy?: string,
): { readonly kind: "failure"; readonly fault: RegistryFault } {
  return { kind: "failure", fault: remedy === undefined ? { problem } : { problem, remedy } };
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
