// Random Avro schemas with random values, in the form that avsc takes, and as JSON would have them.

import { Buffer } from "node:buffer";
import { type Random, randomInteger } from "../../../lib/source/synthetic/random.ts";

export type AvroJson = string | readonly AvroJson[] | { readonly [name: string]: unknown };

/** `avsc` encodes it, with the branches of unions named; `json` is what paths find. */
export interface RandomValue {
  readonly avsc: unknown;
  readonly json: unknown;
}

const NAMES = ["message", "a", "b", "id", "constructor", "toString", "ab"];
/** avsc takes no symbols that are names of Object.prototype. */
const SYMBOLS = ["message", "a", "b", "A_1", "ab"];
const KEYS = [...NAMES, "", "ä", "__proto__x", "0"];
const PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];
const TEXTS = ["", "x", "a,b", "ä€😀", "sixteen bytes or more", "y".repeat(70)];
const MAX_DEPTH = 4;

export class RandomSchema {
  readonly #random: Random;
  #types = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A record, since most schemas are one. */
  make(): AvroJson {
    return this.#record(0);
  }

  #schema(depth: number, without: readonly string[] = []): AvroJson {
    const kinds = depth < MAX_DEPTH
      ? ["record", "array", "map", "union", "enum", "fixed"]
      : ["enum", "fixed"];
    const kind = this.#one([...PRIMITIVES, ...kinds, ...kinds].filter((one) => !without.includes(one)));
    switch (kind) {
      case "record":
        return this.#record(depth);
      case "enum":
        return {
          type: "enum",
          name: this.#name(),
          symbols: SYMBOLS.slice(0, this.#upTo(SYMBOLS.length - 1) + 1),
        };
      case "fixed":
        return { type: "fixed", name: this.#name(), size: 1 + this.#upTo(20) };
      // Items without bytes have a limit of their own.
      case "array":
        return { type: "array", items: this.#schema(depth + 1, ["null", "record"]) };
      case "map":
        return { type: "map", values: this.#schema(depth + 1) };
      case "union": {
        const branches: AvroJson[] = [];
        const used = ["union"];
        for (let n = this.#upTo(3); n >= 0; n--) {
          const branch = this.#schema(depth + 1, used);
          used.push(typeof branch === "string" ? branch : String((branch as { type: string }).type));
          branches.push(branch);
        }
        return branches;
      }
      default:
        return kind;
    }
  }

  #record(depth: number): AvroJson {
    const name = this.#name();
    const names = NAMES.filter(() => this.#random() < 0.5);
    return {
      type: "record",
      name,
      fields: names.map((field) => ({ name: field, type: this.#schema(depth + 1) })),
    };
  }

  #name(): string {
    return `T${this.#types++}`;
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#upTo(list.length - 1)];
  }

  #upTo(max: number): number {
    return randomInteger(this.#random, 0, max);
  }
}

export function randomValue(schema: AvroJson, random: Random): RandomValue {
  const upTo = (max: number) => randomInteger(random, 0, max);
  const one = <T>(list: readonly T[]): T => list[upTo(list.length - 1)];
  const scalar = (value: unknown): RandomValue => ({ avsc: value, json: value });
  const bytes = (text: Uint8Array): RandomValue => ({ avsc: Buffer.from(text), json: decode(text) });
  if (Array.isArray(schema)) {
    const branch: AvroJson = one(schema);
    const value = randomValue(branch, random);
    return branch === "null" ? value : { avsc: { [branchName(branch)]: value.avsc }, json: value.json };
  }
  const object = (typeof schema === "string" ? { type: schema } : schema) as Readonly<
    Record<string, unknown>
  >;
  switch (object.type) {
    case "null":
      return scalar(null);
    case "boolean":
      return scalar(random() < 0.5);
    case "int":
      return scalar(one([0, -1, upTo(100), -(2 ** 31), 2 ** 31 - 1]));
    case "long": {
      const long = one([0n, -1n, BigInt(upTo(2 ** 40)), 2n ** 53n - 1n, 2n ** 63n - 1n, -(2n ** 63n)]);
      return { avsc: long, json: Number(long) };
    }
    case "float":
      return scalar(Math.fround(one([0, 1.5, 0.1, -1e30, Infinity, NaN])));
    case "double":
      return scalar(one([0, 1.5, 0.1, random(), -1e300, 5e-324, -Infinity, NaN]));
    case "bytes":
      return bytes(new TextEncoder().encode(one(TEXTS)));
    case "string":
      return scalar(one(TEXTS));
    case "fixed":
      return bytes(Uint8Array.from({ length: Number(object.size) }, () => upTo(127)));
    case "enum":
      return scalar(one(object.symbols as readonly string[]));
    case "array": {
      const items = Array.from({ length: upTo(4) }, () => randomValue(object.items as AvroJson, random));
      return { avsc: items.map(({ avsc }) => avsc), json: items.map(({ json }) => json) };
    }
    case "map": {
      const keys = KEYS.filter(() => random() < 0.3);
      return together(keys.map((key) => [key, randomValue(object.values as AvroJson, random)]));
    }
    default: {
      const fields = object.fields as readonly { readonly name: string; readonly type: AvroJson }[];
      return together(fields.map(({ name, type }) => [name, randomValue(type, random)]));
    }
  }
}

function together(entries: readonly (readonly [name: string, value: RandomValue])[]): RandomValue {
  return {
    avsc: Object.fromEntries(entries.map(([name, { avsc }]) => [name, avsc])),
    json: Object.fromEntries(entries.map(([name, { json }]) => [name, json])),
  };
}

/** A value that avsc has decoded, as JSON would have it. */
export function plainValue(schema: AvroJson, value: unknown): unknown {
  if (Array.isArray(schema)) {
    if (value === null) return null;
    const [name, inner] = Object.entries(value as object)[0];
    return plainValue(schema.find((branch) => branchName(branch) === name) ?? "null", inner);
  }
  const object = (typeof schema === "string" ? { type: schema } : schema) as Readonly<
    Record<string, unknown>
  >;
  switch (object.type) {
    case "bytes":
    case "fixed":
      return decode(value as Uint8Array);
    case "long":
      return Number(value);
    case "array":
      return (value as readonly unknown[]).map((item) => plainValue(object.items as AvroJson, item));
    case "map":
      return Object.fromEntries(
        Object.entries(value as object).map((
          [key, item],
        ) => [key, plainValue(object.values as AvroJson, item)]),
      );
    case "record": {
      const fields = object.fields as readonly { readonly name: string; readonly type: AvroJson }[];
      const members = value as Readonly<Record<string, unknown>>;
      return Object.fromEntries(fields.map(({ name, type }) => [name, plainValue(type, members[name])]));
    }
    default:
      return value;
  }
}

function branchName(branch: AvroJson): string {
  if (typeof branch === "string") return branch;
  const { type, name } = branch as { readonly type: string; readonly name?: string };
  return name ?? type;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
