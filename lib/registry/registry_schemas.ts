// RegistrySchemas are the schemas of all values that a registry has.

import type { Clock } from "../async/clock.ts";
import type { SchemaFormat, SchemaLookup, SchemaSource } from "../formats/schema/value_schema.ts";
import type { WantedPlan } from "../formats/schema/wanted_plan.ts";
import type { Log } from "../log/log.ts";
import { RegistryClient, type RegistryOptions } from "./registry_client.ts";
import { SchemaCache } from "./schema_cache.ts";

/** The address of a registry, and the login. */
export type RegistrySettings = Pick<RegistryOptions, "addresses" | "login" | "ca" | "identity">;

export interface RegistrySchemasOptions {
  readonly settings: RegistrySettings;
  readonly format: SchemaFormat;
  /** Called when an answer has arrived. */
  readonly onNews: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

export class RegistrySchemas implements Extract<SchemaSource, { readonly kind: "registry" }> {
  readonly kind = "registry";
  readonly #options: RegistrySchemasOptions;
  readonly #stopping = new AbortController();
  #cache: SchemaCache | undefined;

  constructor(options: RegistrySchemasOptions) {
    this.#options = options;
  }

  /** Names a schema that records wait for because the registry fails or is slow, and why; undefined for none. */
  get waiting(): string | undefined {
    return this.#cache?.waiting;
  }

  open(plan: WantedPlan): SchemaLookup {
    const { settings, format, onNews, clock, log } = this.#options;
    const { signal } = this.#stopping;
    const client = new RegistryClient({ ...settings, clock, signal });
    const cache = new SchemaCache({ client, format, plan, onNews, signal, clock, log });
    this.#cache = cache;
    return cache;
  }

  /** Ends all requests. */
  stop(): void {
    this.#stopping.abort();
  }
}
