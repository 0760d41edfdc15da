// YAML to plain values, each read by its key's type, with the place of each kept. It walks the parser's own tree:
// converted at once, a tree would lose the places, and what aliases expand to would have no bound.

import {
  Composer,
  CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Pair,
  Parser,
  Scalar,
  type YAMLError,
  YAMLParseError,
} from "yaml";
import type { z } from "zod";
import { childOf, hasUnit, isSecret, isText } from "./key.ts";
import type { Path, Place, Places } from "./places.ts";

const MAX_CHARACTERS = 1 << 20;
/** Values in all, with what aliases expand to. */
const MAX_VALUES = 200_000;
const MAX_SYNTAX_PROBLEMS = 20;
/** Of one line only the first is reported. */
const MAX_ERRORS = 1_000;

/**
 * Where the parser's message gives back what it found. That may be a part of a password that should stand in quotes, and
 * for the rest there are line and column.
 */
const QUOTES_TEXT = new RegExp(
  "(Unresolved tag|Could not resolve tag|Not a valid tag|Not a YAML token|Invalid escape sequence|Unknown directive" +
    "|Verbatim tags aren't resolved|Block scalar header includes extra characters|Unsupported YAML version).*$" +
    "|(?<=The ).*(?= tag has no suffix)",
  "s",
);

/** Stands for a value that could not be made out; the reason has been reported. */
export const UNUSABLE = Symbol("unusable");

export interface YamlReaderOptions {
  /** The type of the whole, which stands at `path` of the configuration. */
  readonly schema: z.ZodType;
  readonly path: Path;
  /** Filled with the place of each key and value. */
  readonly places: Places;
  /** Where a position in the text is, for a user. */
  readonly placeAt: (position: { line: number; col: number }) => Place;
  /** Values for `${NAME}`; without it a `$` is just that. */
  readonly env?: (name: string) => string | undefined;
  readonly report: (place: Place, path: Path, message: string) => void;
}

/** The text is no YAML, or too much of it: reported, and nothing more can be said of it. */
export class UnreadableYamlError extends Error {
  override readonly name = "UnreadableYamlError";
}

/**
 * Reads one YAML document; undefined where it is empty. Keys without a value are left out.
 * @throws {UnreadableYamlError} after the reason has been reported
 */
export function readYaml(text: string, options: YamlReaderOptions): unknown {
  return new YamlReader(text, options).read();
}

/**
 * The text's tokens, to its end or to where it has closed far more brackets than it has opened: what follows those the
 * library collects before it makes an error of each, of a megabyte 800 MB.
 */
function* tokensOf(text: string, parser: Parser): Generator<CST.Token> {
  let open = 0;
  let last = "";
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    // What stands after this mark is text, whatever it looks like.
    if (last !== CST.SCALAR) {
      if (lexeme === "[" || lexeme === "{") open++;
      else if (lexeme === "]" || lexeme === "}") open--;
    }
    if (open < -MAX_ERRORS) break;
    last = lexeme;
  }
  yield* parser.end();
}

/** The library makes an error object of whatever it cannot read: here it ends. */
class TooManyErrors extends Error {
  override readonly name = "TooManyErrors";

  constructor(readonly errors: YAMLError[]) {
    super(`more than ${MAX_ERRORS} errors`);
  }
}

/** Ends the parser at an error too many; of warnings, which do not end it, some are enough. */
function bound({ errors, warnings }: ReturnType<Composer["streamInfo"]>): void {
  errors.push = (...more) => {
    if (errors.length === MAX_ERRORS) throw new TooManyErrors(errors);
    return Array.prototype.push.apply(errors, more);
  };
  warnings.push = (...more) => {
    return warnings.length === MAX_ERRORS ? MAX_ERRORS : Array.prototype.push.apply(warnings, more);
  };
}

class YamlReader {
  readonly #text: string;
  readonly #options: YamlReaderOptions;
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;
  readonly #anchors = new Map<string, unknown>();
  /** The node that is being read, and those around it. */
  readonly #open = new Set<unknown>();
  #values = 0;

  constructor(text: string, options: YamlReaderOptions) {
    this.#text = text;
    this.#options = options;
    if (text.length > MAX_CHARACTERS) {
      this.#fail(
        options.places.whole,
        `is ${text.length} characters long, wanted no more than ${MAX_CHARACTERS}`,
      );
    }
    this.#document = this.#parse(text);
  }

  #parse(text: string): Document.Parsed {
    try {
      return this.#parseDocument(text);
    } catch (error) {
      if (error instanceof TooManyErrors) this.#failAt(error.errors);
      // The parser recurses, and mostly reports it itself when it comes to an end of the stack; in block mappings not.
      if (!(error instanceof RangeError)) throw error;
      this.#fail(this.#options.places.whole, "is nested too deeply");
    }
  }

  #parseDocument(text: string): Document.Parsed {
    const composer = new Composer({
      merge: false,
      prettyErrors: false,
      schema: "core",
      stringKeys: false,
      // Repeated keys are reported here, with their path.
      uniqueKeys: false,
      version: "1.2",
    });
    bound(composer.streamInfo());
    this.#lines.addNewLine(0);
    const tokens = tokensOf(text, new Parser(this.#lines.addNewLine));
    const [document, another] = composer.compose(tokens, true, text.length);
    if (another !== undefined) {
      const place: [number, number] = [another.range[0], another.range[1]];
      document.errors.push(new YAMLParseError(place, "MULTIPLE_DOCS", "multiple documents"));
    }
    return document as Document.Parsed;
  }

  read(): unknown {
    const { errors, warnings, contents } = this.#document;
    const { schema, path } = this.#options;
    if (errors.length + warnings.length > 0) this.#failAt([...errors, ...warnings]);
    return this.#read(contents, schema, path);
  }

  /** Reports one problem a line, and of those that only follow from an earlier one ("… in YAML stream") none. */
  #failAt(errors: readonly YAMLError[]): never {
    const { path, report } = this.#options;
    const lines = new Set<number | undefined>();
    for (const { pos: [offset], message } of errors.toSorted((a, b) => a.pos[0] - b.pos[0])) {
      const place = this.#place(offset);
      if (lines.has(place.line) || (lines.size > 0 && message.includes("in YAML stream"))) continue;
      lines.add(place.line);
      report(place, path, this.#syntaxMessage(offset, message));
      if (lines.size === MAX_SYNTAX_PROBLEMS) break;
    }
    throw new UnreadableYamlError("syntax");
  }

  #syntaxMessage(offset: number, message: string): string {
    if (this.#text.startsWith("${", offset - 1)) return "${NAME} within { } or [ ] must stand in quotes";
    if (message.includes("multiple documents")) return "another document begins here, wanted one";
    // The parser recurses, and tells of some thousand brackets in its own way.
    return message.includes("call stack") ? "is nested too deeply" : message.replace(QUOTES_TEXT, "$1");
  }

  /** The value of a node; undefined where it has none. `schema` is undefined below unknown keys. */
  #read(node: unknown, schema: z.ZodType | undefined, path: Path): unknown {
    this.#countValue();
    if (isAlias(node)) {
      const meant = this.#resolve(node, path);
      return meant === undefined ? UNUSABLE : this.#read(meant, schema, path);
    }
    let value: unknown;
    this.#open.add(node);
    if (isMap(node)) value = this.#readMap(node.items, schema, path);
    else if (isSeq(node)) value = node.items.map((item, i) => this.#readItem(item, schema, [...path, i]));
    else if (isScalar(node)) value = this.#readScalar(node, schema, path);
    this.#open.delete(node);
    // Known from here on: what an alias names stands before it.
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, node);
    }
    return value;
  }

  #countValue(): void {
    if (++this.#values <= MAX_VALUES) return;
    this.#fail(
      this.#options.places.whole,
      `holds more than ${MAX_VALUES} values, what aliases stand for included`,
    );
  }

  #readItem(item: unknown, schema: z.ZodType | undefined, path: Path): unknown {
    this.#options.places.set(path, this.#placeOf(item));
    return this.#read(item, schema && childOf(schema, path[path.length - 1]), path) ?? null;
  }

  #readMap(pairs: readonly Pair[], schema: z.ZodType | undefined, path: Path): Record<string, unknown> {
    const map: Record<string, unknown> = Object.create(null);
    this.#readPairs(pairs, { map, seen: new Set(), schema, path });
    return map;
  }

  /** Adds what is not there yet: first what the pairs say themselves, then what they merge. */
  #readPairs(pairs: readonly Pair[], into: Filling): void {
    const { places, report } = this.#options;
    const { map, seen, schema, path } = into;
    const own = new Set<string>();
    const merged: unknown[] = [];
    for (const { key, value } of pairs) {
      if (!isScalar(key)) {
        report(this.#placeOf(key), path, "has a key that is not plain text");
        continue;
      }
      const name = keyName(key);
      if (name === "<<" && key.type === Scalar.PLAIN) {
        merged.push(value);
        continue;
      }
      const keyPath = [...path, name];
      if (own.has(name)) report(this.#placeOf(key), keyPath, "is given a second time, wanted once");
      own.add(name);
      if (seen.has(name)) continue;
      seen.add(name);
      places.set(keyPath, this.#placeOf(key), this.#placeOf(value ?? key));
      const keySchema = schema && childOf(schema, name);
      const read = this.#read(value, keySchema, keyPath);
      // An unknown key is wrong without a value too.
      if (read !== undefined || keySchema === undefined) map[name] = read ?? null;
    }
    for (const value of merged) this.#merge(value, into);
  }

  /** `<<: *base` or `<<: [*a, *b]`: keys that are not there yet, with or without a value. */
  #merge(value: unknown, into: Filling): void {
    this.#countValue();
    const from = isAlias(value) ? this.#resolve(value, into.path) : value;
    if (isSeq(from)) {
      this.#open.add(from);
      for (const item of from.items) this.#merge(item, into);
      this.#open.delete(from);
    } else if (isMap(from)) {
      this.#open.add(from);
      this.#readPairs(from.items, into);
      this.#open.delete(from);
    } else if (from !== undefined) {
      this.#options.report(this.#placeOf(value), into.path, "merges what is no mapping with <<");
    }
  }

  #resolve(alias: { readonly source: string; range?: unknown }, path: Path): unknown {
    const node = this.#anchors.get(alias.source);
    // Read a second time, by another alias, it does stand before what is in it; but nothing contains itself.
    if (node === undefined || this.#open.has(node)) {
      const message =
        "is an alias that stands for nothing before it (text that begins with * must stand in quotes)";
      this.#options.report(this.#placeOf(alias), path, message);
      return undefined;
    }
    return node;
  }

  #readScalar(node: Scalar, schema: z.ZodType | undefined, path: Path): unknown {
    const source = node.source ?? "";
    const { env } = this.#options;
    if (schema !== undefined && env !== undefined && source.includes("${")) {
      const text = substitute(source, env, (name) => {
        // What looks like a name may be a part of a password.
        const isWhole = source === `\${${name}}`;
        const which = isSecret(schema) && !isWhole
          ? "an environment variable that"
          : `the environment variable "${name}", which`;
        const message = `names ${which} is not set (a plain \${ is written $\${)`;
        this.#options.report(this.#placeOf(node), path, message);
      });
      if (text === undefined) return UNUSABLE;
      if (isText(schema)) return text;
      return hasUnit(schema) ? text || undefined : this.#resolvePlain(text) ?? undefined;
    }
    if (schema !== undefined && hasUnit(schema) && typeof node.value === "number") return source;
    return node.value ?? undefined;
  }

  /** What the text would be as a plain YAML scalar; never a list or a mapping. */
  #resolvePlain(text: string): unknown {
    for (const tag of this.#document.schema.tags) {
      if (
        tag.default !== true || !("test" in tag) || !tag.test?.test(text) || typeof tag.resolve !== "function"
      ) continue;
      const value: unknown = tag.resolve(text as never, () => {}, {});
      return isScalar(value) ? value.value : value;
    }
    return text;
  }

  #placeOf(node: unknown): Place {
    const range = (node as { range?: readonly number[] | null } | null)?.range;
    return range ? this.#place(range[0]) : this.#options.places.whole;
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return this.#options.placeAt({ line, col });
  }

  #fail(place: Place, message: string): never {
    this.#options.report(place, this.#options.path, message);
    throw new UnreadableYamlError(message);
  }
}

/** A mapping that is being made. */
interface Filling {
  readonly map: Record<string, unknown>;
  /** Its keys, those without a value too. */
  readonly seen: Set<string>;
  readonly schema: z.ZodType | undefined;
  readonly path: Path;
}

function keyName(key: Scalar): string {
  return key.source ?? String(key.value);
}

/** The text with `${NAME}` replaced; undefined where a variable is not set, each of which `unset` is told. */
function substitute(
  text: string,
  env: (name: string) => string | undefined,
  unset: (name: string) => void,
): string | undefined {
  let complete = true;
  const replaced = text.replace(/\$\$\{|\$\{([^}]*)\}?/g, (match, name: string | undefined) => {
    if (name === undefined) return "${";
    const value = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(match) ? env(name) : undefined;
    if (value === undefined) {
      complete = false;
      unset(name);
    }
    return value ?? match;
  });
  return complete ? replaced : undefined;
}
