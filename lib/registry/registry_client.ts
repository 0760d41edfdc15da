// Asks a schema registry for schemas, with all that they refer to. Several addresses are tried in turn.

import { Buffer } from "node:buffer";
import type { Clock } from "../async/clock.ts";
import { MAX_SCHEMA_LENGTH } from "../formats/schema/schema_length.ts";
import type { SchemaKey, SchemaText } from "../formats/schema/value_schema.ts";
import type { HttpAddress } from "../http_client/http_address.ts";
import { HttpClient } from "../http_client/http_client.ts";
import { shorten } from "../text/shorten.ts";
import {
  readSchemaAnswer,
  type RegistryFault,
  registryFault,
  type RegistryReply,
  type SchemaAnswer,
} from "./registry_answer.ts";

/** How long one address may take for one answer. */
const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** The schemas that one schema refers to, and those refer to in turn. */
const MAX_REFERENCES = 256;
const MAX_REFERENCE_DEPTH = 32;
const ACCEPT = "application/vnd.schemaregistry.v1+json, application/json";
const CA_SETTING = "records.schema_registry.ca_file";

/** The value of the header `authorization`, if there is a login, or why it is not available. */
export type RegistryLogin =
  | { readonly kind: "header"; readonly value: string | undefined }
  | { readonly kind: "fault"; readonly fault: RegistryFault };

export interface RegistryOptions {
  /** Tried in this order. */
  readonly addresses: readonly HttpAddress[];
  /** Made anew for each request: a token may have been renewed. */
  readonly login: () => Promise<RegistryLogin>;
  /** Certificates (PEM) of authorities. */
  readonly ca?: string | undefined;
  readonly identity?: { readonly certificate: string; readonly key: string } | undefined;
  readonly clock: Clock;
  /** Ends every request. */
  readonly signal: AbortSignal;
}

export type SchemaOutcome =
  | { readonly kind: "schema"; readonly type: string; readonly schema: SchemaText }
  | { readonly kind: "missing" }
  /** `reason` names the addresses. */
  | { readonly kind: "failure"; readonly reason: string };

interface FoundSchemas {
  /** By the names that they have in the schemas that refer to them. */
  readonly texts: Map<string, string>;
  characters: number;
}

export class RegistryClient {
  readonly #options: RegistryOptions;
  /** Index of the address that has answered last. */
  #preferred = 0;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** All addresses, for messages. */
  get urls(): string {
    return this.#options.addresses.map(({ url }) => url).join(", ");
  }

  /** Asks for a schema by its number or UUID. */
  async schema(key: SchemaKey): Promise<SchemaOutcome> {
    const path = typeof key === "number" ? `/schemas/ids/${key}` : `/schemas/guids/${key}`;
    const answer = await this.#ask(path);
    if (answer.kind !== "schema") return answer;
    const found: FoundSchemas = { texts: new Map(), characters: answer.text.length };
    const failure = await this.#collect(answer, found, 0);
    if (failure !== undefined) return { kind: "failure", reason: failure };
    const references = [...found.texts].map(([name, text]) => ({ name, text }));
    return { kind: "schema", type: answer.type, schema: { text: answer.text, references } };
  }

  /** Asks each address. A `fault` says why it does not work; undefined for one that works. */
  async faults(): Promise<readonly { readonly url: string; readonly fault: RegistryFault | undefined }[]> {
    return await Promise.all(this.#options.addresses.map(async (address) => {
      return { url: address.url, fault: registryFault(await this.#get(address, "/schemas/types")) };
    }));
  }

  /**
   * Adds the schemas that one refers to, each after those that it refers to itself; returns why that fails. It ends early
   * where they are too long, since their format refuses them anyway.
   */
  async #collect(
    { references }: SchemaAnswer,
    found: FoundSchemas,
    depth: number,
  ): Promise<string | undefined> {
    if (depth > MAX_REFERENCE_DEPTH) return `its references are nested more than ${MAX_REFERENCE_DEPTH} deep`;
    for (const { name, subject, version } of references) {
      if (found.characters > MAX_SCHEMA_LENGTH) return undefined;
      if (found.texts.has(name)) continue;
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}?deleted=true`;
      const answer = await this.#ask(path);
      if (answer.kind === "failure") return answer.reason;
      if (answer.kind === "missing") {
        return `version ${version} of the subject ${
          JSON.stringify(shorten(subject))
        }, which it refers to, does not exist`;
      }
      found.characters += answer.text.length;
      const failure = await this.#collect(answer, found, depth + 1);
      if (failure !== undefined) return failure;
      found.texts.set(name, answer.text);
      if (found.texts.size > MAX_REFERENCES) return `it refers to more than ${MAX_REFERENCES} schemas`;
    }
    return undefined;
  }

  /** The first answer that is no failure. Several addresses are tried in turn, from the preferred one on. */
  async #ask(path: string): Promise<SchemaAnswer | Exclude<SchemaOutcome, { readonly kind: "schema" }>> {
    const { addresses } = this.#options;
    const reasons: string[] = [];
    const first = this.#preferred;
    for (let n = 0; n < addresses.length; n++) {
      const index = (first + n) % addresses.length;
      const answer = readSchemaAnswer(await this.#get(addresses[index], path));
      if (answer.kind !== "failure") {
        this.#preferred = index;
        return answer;
      }
      reasons.push(`${addresses[index].url}: ${faultText(answer.fault)}`);
    }
    return { kind: "failure", reason: reasons.join("; ") };
  }

  async #get(address: HttpAddress, path: string): Promise<RegistryReply> {
    const { ca, identity, clock, signal } = this.#options;
    const login = await this.#options.login();
    if (login.kind === "fault") return { outcome: { kind: "unsent", fault: login.fault }, secrets: [] };
    const client = new HttpClient({ ...address, authorization: login.value }, {
      clock,
      signal,
      ca,
      isCaAlone: true,
      caSetting: CA_SETTING,
      identity,
      timeoutMs: TIMEOUT_MS,
      maxAnswerBytes: MAX_ANSWER_BYTES,
    });
    const outcome = await client.ask(path, { method: "GET", headers: { accept: ACCEPT } });
    return { outcome, secrets: secretsOf(login.value) };
  }
}

function faultText({ problem, remedy }: RegistryFault): string {
  return remedy === undefined ? problem : `${problem}: ${remedy}`;
}

/** The token, or the password in both of its forms. */
function secretsOf(authorization = ""): readonly string[] {
  const [scheme, credentials = ""] = authorization.split(" ", 2);
  if (scheme !== "Basic") return [credentials];
  const login = Buffer.from(credentials, "base64").toString();
  return [credentials, login.slice(login.indexOf(":") + 1)];
}
