// Keeps the schemas of a registry. A schema never changes, so a known one is kept until there are too many. Records whose
// schema is not known yet wait for it; a registry that fails is asked again while records wait.

import { backOffMs } from "../async/back_off.ts";
import type { Clock } from "../async/clock.ts";
import type {
  KeptSchema,
  KnownSchema,
  SchemaFormat,
  SchemaKey,
  SchemaLookup,
  SchemaText,
} from "../formats/schema/value_schema.ts";
import type { WantedPlan } from "../formats/schema/wanted_plan.ts";
import { LinePace } from "../log/line_pace.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import { shorten } from "../text/shorten.ts";
import type { RegistryClient, SchemaOutcome } from "./registry_client.ts";

/** Schemas that are kept, and their memory. */
const MAX_SCHEMAS = 1_000;
const MAX_BYTES = 128 * 1024 * 1024;
/** Keys that the registry does not have, or has not answered for. */
const MAX_OTHERS = 10_000;
const MAX_REQUESTS = 8;
/** A missing schema may be registered later. */
const MISSING_MS = 60_000;
/** A registry that takes longer is shown before it fails: several addresses and references may take minutes. */
const SLOW_MS = 5_000;
/** Records wait for a schema if it has been asked for within this time. */
const WANTED_MS = 5_000;
/** The memory that an entry takes beside its schema. */
const ENTRY_BYTES = 1_024;

interface Kept {
  readonly schema: KnownSchema;
  readonly sizeBytes: number;
}

interface Awaited {
  /** Failed attempts. */
  attempts: number;
  /** Why the last one failed. */
  reason: string | undefined;
  /** Monotonic times. */
  sinceMs: number;
  retryMs: number;
  wantedMs: number;
}

export interface SchemaCacheOptions {
  readonly client: Pick<RegistryClient, "schema" | "urls">;
  readonly format: SchemaFormat;
  readonly plan: WantedPlan;
  /** Called when an answer has arrived. */
  readonly onNews: () => void;
  /** Ends all requests. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
}

export class SchemaCache implements SchemaLookup {
  arrivals = 0;
  readonly #options: SchemaCacheOptions;
  readonly #outage: Outage;
  readonly #pace: LinePace;
  /** In the order in which they came. */
  readonly #kept = new Map<SchemaKey, Kept>();
  #keptBytes = 0;
  /** Monotonic times until which keys are taken as missing. */
  readonly #missing = new Map<SchemaKey, number>();
  readonly #awaited = new Map<SchemaKey, Awaited>();
  readonly #asking = new Set<SchemaKey>();

  constructor(options: SchemaCacheOptions) {
    this.#options = options;
    this.#outage = new Outage({ log: options.log, clock: options.clock });
    this.#pace = new LinePace(options.clock);
  }

  /** Names a schema that records wait for because the registry fails or is slow, and why; undefined for none. */
  get waiting(): string | undefined {
    const { client, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const [key, { reason, sinceMs, wantedMs }] of this.#awaited) {
      const isWanted = nowMs - wantedMs <= WANTED_MS;
      if (!isWanted || (reason === undefined && nowMs - sinceMs < SLOW_MS)) continue;
      const silence = `no answer from ${client.urls} for ${Math.round((nowMs - sinceMs) / 1000)} s`;
      return `records wait for the schema ${key}: ${reason ?? silence}`;
    }
    return undefined;
  }

  known(key: SchemaKey): KnownSchema | undefined {
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept.schema;
    return this.#missing.has(key) ? "unknown" : undefined;
  }

  find(key: SchemaKey): KnownSchema | undefined {
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept.schema;
    const nowMs = this.#options.clock.monotonicMs();
    const missingUntilMs = this.#missing.get(key);
    if (missingUntilMs !== undefined && nowMs < missingUntilMs) return "unknown";
    this.#want(key, nowMs);
    return undefined;
  }

  #want(key: SchemaKey, nowMs: number): void {
    let awaited = this.#awaited.get(key);
    if (awaited === undefined) {
      awaited = { attempts: 0, reason: undefined, sinceMs: nowMs, retryMs: nowMs, wantedMs: nowMs };
      dropFirst(this.#awaited, MAX_OTHERS);
      this.#awaited.set(key, awaited);
    }
    // Nobody has waited in the meantime.
    if (nowMs - awaited.wantedMs > WANTED_MS) awaited.sinceMs = nowMs;
    awaited.wantedMs = nowMs;
    if (nowMs < awaited.retryMs || this.#asking.has(key) || this.#asking.size >= MAX_REQUESTS) return;
    this.#asking.add(key);
    void this.#ask(key, awaited);
  }

  async #ask(key: SchemaKey, awaited: Awaited): Promise<void> {
    const { client, clock, signal, onNews } = this.#options;
    const outcome = await client.schema(key);
    if (signal.aborted) return;
    this.#asking.delete(key);
    const nowMs = clock.monotonicMs();
    if (outcome.kind === "failure") {
      awaited.retryMs = nowMs + backOffMs(awaited.attempts++, Math.random());
      awaited.reason = outcome.reason;
      this.#outage.failed("registry", `the schema ${key} is not available: ${outcome.reason}`);
    } else {
      this.#outage.works("registry");
      this.#awaited.delete(key);
      this.#keep(key, outcome, nowMs);
    }
    this.arrivals++;
    onNews();
  }

  #keep(key: SchemaKey, outcome: Exclude<SchemaOutcome, { readonly kind: "failure" }>, nowMs: number): void {
    this.#missing.delete(key);
    if (outcome.kind === "missing") {
      dropFirst(this.#missing, MAX_OTHERS);
      this.#missing.set(key, nowMs + MISSING_MS);
      return;
    }
    const schema = this.#compile(key, outcome);
    const sizeBytes = ENTRY_BYTES + (typeof schema === "string" ? 0 : schema.sizeBytes);
    this.#kept.set(key, { schema, sizeBytes });
    this.#keptBytes += sizeBytes;
    for (const [oldest, { sizeBytes }] of this.#kept) {
      if (this.#kept.size === 1 || (this.#kept.size <= MAX_SCHEMAS && this.#keptBytes <= MAX_BYTES)) {
        break;
      }
      this.#kept.delete(oldest);
      this.#keptBytes -= sizeBytes;
    }
  }

  #compile(
    key: SchemaKey,
    { type, schema }: { readonly type: string; readonly schema: SchemaText },
  ): KeptSchema | "unusable" {
    const { format, plan, log } = this.#options;
    try {
      if (type !== format.registryType) {
        throw new SyntaxError(`its type is ${type}, wanted ${format.registryType}`);
      }
      return format.compile(schema, plan);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      if (this.#pace.admits("unusable")) {
        const message =
          "skipping records with a schema that cannot be used: check records.format and the producers";
        // The message names what stands in the schema.
        log.warn(message, { schema: key, error: shorten(`${error.name}: ${error.message}`) });
      }
      return "unusable";
    }
  }
}

/** Makes room for another entry. */
function dropFirst(map: Map<SchemaKey, unknown>, max: number): void {
  if (map.size < max) return;
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
