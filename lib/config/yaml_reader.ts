// Reads YAML into plain values. A value is read by its key's type, ${NAME} is replaced, and the place of each key and value is
// kept. This walks the library's tree instead of calling its toJS(), which loses the places and the types.

import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  type YAMLError,
} from "yaml";
import { z } from "zod";
import { childOf, hasUnit, isSecret, isText, kindOf, nameWanted } from "./key.ts";
import type { Path, Place, Places } from "./places.ts";

/** The library takes up to 15 µs and 1 KB for a byte of broken YAML, in proportion to the size. */
export const MAX_YAML_BYTES = 256 * 1024;
/** With those that aliases repeat: they can repeat each other. */
const MAX_VALUES = 200_000;
const MAX_SYNTAX_PROBLEMS = 20;
const PARSE_OPTIONS = {
  merge: false,
  prettyErrors: false,
  schema: "core",
  // Duplicate keys are reported here, with their path.
  uniqueKeys: false,
  version: "1.2",
} as const;

/** The parts of the library's messages that quote the file. They may hold a piece of a password that lacks its quotes. */
const QUOTED_TEXT = new RegExp(
  "(Unresolved tag|Could not resolve tag|Not a valid tag|Not a YAML token|Invalid escape sequence|Unknown directive" +
    "|Verbatim tags aren't resolved|Block scalar header includes extra characters|Unsupported YAML version).*$" +
    "|(?<=The ).*(?= tag has no suffix)",
  "s",
);

/** Stands for a value that could not be read. The reason has been reported. */
export const UNUSABLE = Symbol("unusable");

/** A place in the configuration. `schema` is undefined below unknown keys. */
interface Target {
  readonly schema: z.ZodType | undefined;
  readonly path: Path;
}

/** The type of the text, and where it stands in the configuration. */
export interface YamlReaderOptions extends Target {
  readonly schema: z.ZodType;
  /** Takes the place of each key and value. */
  readonly places: Places;
  /** The file that the text is from. Without it everything stands at `places.whole`. */
  readonly file?: string;
  /** Values for `${NAME}`. Without it `${` has no meaning. */
  readonly env?: (name: string) => string | undefined;
  readonly report: (place: Place, path: Path, message: string) => void;
}

/** Nothing can be read from the text. The reason has been reported. */
export class UnreadableYamlError extends Error {
  override readonly name = "UnreadableYamlError";
}

/**
 * Reads one YAML document; undefined where it is empty. Keys without a value are left out.
 * @throws {UnreadableYamlError} after it has reported the reason
 */
export function readYaml(text: string, options: YamlReaderOptions): unknown {
  return new YamlReader(text, options).read();
}

class YamlReader {
  readonly #text: string;
  readonly #options: YamlReaderOptions;
  readonly #lines = new LineCounter();
  readonly #anchors = new Map<string, Node>();
  /** The node that is being read and those around it. */
  readonly #open = new Set<unknown>();
  #values = 0;

  constructor(text: string, options: YamlReaderOptions) {
    this.#text = text;
    this.#options = options;
  }

  read(): unknown {
    const bytes = new TextEncoder().encode(this.#text).length;
    if (bytes > MAX_YAML_BYTES) this.#fail(`has ${bytes} bytes, wanted ${MAX_YAML_BYTES} at most`);
    try {
      const options = { ...PARSE_OPTIONS, lineCounter: this.#lines };
      const { errors, warnings, contents } = parseDocument(this.#text, options);
      if (errors.length + warnings.length > 0) this.#failAt([...errors, ...warnings]);
      return this.#read(contents, this.#options);
    } catch (error) {
      // The library and this reader recurse.
      if (!(error instanceof RangeError)) throw error;
      this.#fail("is nested too deeply");
    }
  }

  /** Reports one problem per line. Problems "in YAML stream" only follow from an earlier one. */
  #failAt(errors: readonly YAMLError[]): never {
    const lines = new Set<number>();
    for (const { pos: [offset], message } of errors.toSorted((a, b) => a.pos[0] - b.pos[0])) {
      const { line } = this.#lines.linePos(offset);
      if (lines.has(line) || (lines.size > 0 && message.includes("in YAML stream"))) continue;
      lines.add(line);
      this.#options.report(this.#place([offset]), this.#options.path, this.#syntaxMessage(offset, message));
      if (lines.size === MAX_SYNTAX_PROBLEMS) break;
    }
    throw new UnreadableYamlError("syntax");
  }

  #syntaxMessage(offset: number, message: string): string {
    if (this.#text.startsWith("${", offset - 1)) return "${NAME} within { } or [ ] must stand in quotes";
    if (message.includes("multiple documents")) return "another document begins here, wanted one";
    return message.includes("call stack") ? "is nested too deeply" : message.replace(QUOTED_TEXT, "$1");
  }

  /** The value of a node; undefined where it has none. */
  #read(node: unknown, target: Target): unknown {
    this.#countValue();
    if (isAlias(node)) {
      const meant = this.#resolve(node, target.path);
      return meant === undefined ? UNUSABLE : this.#read(meant, target);
    }
    if (isScalar(node)) return this.#within(node, () => this.#readScalar(node, target));
    if (isMap(node)) return this.#within(node, () => this.#readMap(node.items, target));
    if (!isSeq(node)) return undefined;
    return this.#within(node, () =>
      node.items.map((item, i) => {
        const at = below(target, i);
        this.#options.places.set(at.path, this.#placeOf(item));
        return this.#read(item, at) ?? null;
      }));
  }

  #countValue(): void {
    if (++this.#values > MAX_VALUES) {
      this.#fail(`has more than ${MAX_VALUES} values, with those that aliases repeat`);
    }
  }

  /** An alias can refer to a node only after it. */
  #within<T>(node: Node & { anchor?: string }, read: () => T): T {
    this.#open.add(node);
    const value = read();
    this.#open.delete(node);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    return value;
  }

  #readMap(pairs: readonly Pair[], target: Target): Record<string, unknown> {
    const mapping = new Map<string, unknown>();
    this.#fill(mapping, pairs, target);
    const read: Record<string, unknown> = Object.create(null);
    for (const [name, value] of mapping) if (value !== undefined) read[name] = value;
    return read;
  }

  /** Adds the keys that are not there yet: those of the pairs first, then those that they merge. */
  #fill(mapping: Map<string, unknown>, pairs: readonly Pair[], target: Target): void {
    const { places, report } = this.#options;
    const own = new Set<string>();
    const merged: unknown[] = [];
    for (const { key, value } of pairs) {
      if (!isScalar(key)) {
        report(this.#placeOf(key), target.path, "has a key that is not plain text");
        continue;
      }
      const name = key.source ?? String(key.value);
      if (name === "<<" && key.type === Scalar.PLAIN) {
        merged.push(value);
        continue;
      }
      const at = below(target, name);
      if (own.has(name)) report(this.#placeOf(key), at.path, "is given twice, wanted once");
      own.add(name);
      const kind = target.schema && kindOf(target.schema);
      // zod leaves this name out of such a mapping, and reports every other wrong one.
      if (name === "__proto__" && kind instanceof z.ZodRecord) {
        report(this.#placeOf(key), at.path, `is no name here, wanted ${nameWanted(kind)}`);
      }
      if (mapping.has(name)) continue;
      places.set(at.path, this.#placeOf(key), this.#placeOf(value ?? key));
      // An unknown key is wrong without a value, too.
      mapping.set(name, this.#read(value, at) ?? (at.schema === undefined ? null : undefined));
    }
    for (const value of merged) this.#merge(mapping, value, target);
  }

  /** Reads the value of `<<`: a mapping, or a list of them. */
  #merge(mapping: Map<string, unknown>, value: unknown, target: Target): void {
    this.#countValue();
    const from = isAlias(value) ? this.#resolve(value, target.path) : value;
    if (isSeq(from)) {
      this.#within(from, () => from.items.forEach((item) => this.#merge(mapping, item, target)));
    } else if (isMap(from)) this.#within(from, () => this.#fill(mapping, from.items, target));
    else if (from !== undefined) {
      this.#options.report(this.#placeOf(value), target.path, "<< merges a value that is not a mapping");
    }
  }

  #resolve(alias: Alias, path: Path): Node | undefined {
    const node = this.#anchors.get(alias.source);
    if (node !== undefined && !this.#open.has(node)) return node;
    const message = "is an alias without an anchor before it (text that begins with * must stand in quotes)";
    this.#options.report(this.#placeOf(alias), path, message);
    return undefined;
  }

  #readScalar(node: Scalar, { schema, path }: Target): unknown {
    const { source = "", value } = node;
    const { env, report } = this.#options;
    if (schema === undefined) return value ?? undefined;
    if (env === undefined || !source.includes("${")) {
      return hasUnit(schema) && typeof value === "number" ? source : value ?? undefined;
    }
    const text = substitute(source, env, (name) => {
      // A part of a password may look like a name.
      const isHidden = isSecret(schema) && source !== `\${${name}}`;
      const subject = isHidden ? "an environment variable" : `the environment variable "${name}"`;
      report(this.#placeOf(node), path, `needs ${subject}, which is not set (a plain \${ is written $\${)`);
    });
    if (text === undefined) return UNUSABLE;
    if (isText(schema)) return text;
    return hasUnit(schema) ? text || undefined : resolvePlain(text) ?? undefined;
  }

  #placeOf(node: unknown): Place {
    return this.#place((node as Node | null)?.range);
  }

  #place(range: readonly number[] | null | undefined): Place {
    const { file, places } = this.#options;
    if (file === undefined || !range) return places.whole;
    const { line, col } = this.#lines.linePos(range[0]);
    return { file, line, column: col };
  }

  #fail(message: string): never {
    const { places, path, report } = this.#options;
    report(places.whole, path, message);
    throw new UnreadableYamlError(message);
  }
}

function below({ schema, path }: Target, name: string | number): Target {
  return { schema: schema && childOf(schema, name), path: [...path, name] };
}

/** The value of the text as a YAML scalar. It never becomes a list or a mapping. */
function resolvePlain(text: string): unknown {
  const { errors, contents } = parseDocument(text, PARSE_OPTIONS);
  return text === "" ? undefined : errors.length === 0 && isScalar(contents) ? contents.value : text;
}

/** Replaces `${NAME}`; undefined where variables are not set. `unset` is called for each. */
function substitute(
  text: string,
  env: (name: string) => string | undefined,
  unset: (name: string) => void,
): string | undefined {
  let complete = true;
  const replaced = text.replace(/\$\$\{|\$\{([^}]*)\}?/g, (match, name: string | undefined) => {
    if (name === undefined) return "${";
    const value = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(match) ? env(name) : undefined;
    complete &&= value !== undefined;
    if (value === undefined) unset(name);
    return value ?? match;
  });
  return complete ? replaced : undefined;
}
