// From a file, the command line and the environment to a Config, or to all that is wrong with them in one go.

import type { z } from "zod";
import { ConfigError, type ConfigProblem } from "./config_error.ts";
import { type ConfigFile, outdatedAmong, strangersAmong, trimFile, whyUnfit } from "./config_file.ts";
import { childOf, isSecret, isText, kindOf, wanted } from "./key.ts";
import { namedFiles } from "./named_files.ts";
import { override } from "./override.ts";
import { childIn, type Path, type Place, Places } from "./places.ts";
import { type Config, configSchema, exclusiveKeys, MAX_STOP_WORDS } from "./schema.ts";
import { suggestion } from "../text/suggestion.ts";
import { readYaml, UnreadableYamlError, UNUSABLE } from "./yaml_reader.ts";

const MAX_FILE_CHARACTERS = 1 << 24;
const MAX_SHOWN_CHARACTERS = 60;

export interface ParseConfigOptions {
  /** The file's name in messages. */
  readonly file?: string;
  /** `PATH=VALUE`, the later ones over the earlier and all over the file. */
  readonly sets?: readonly string[];
  /** Environment variables for `${NAME}`; none where it is not given. */
  readonly env?: (name: string) => string | undefined;
  /** Without a source take lines of standard input. */
  readonly sourceOptional?: boolean;
  /** Keys of the top level to leave out, whatever is wrong with them: as if they were not given. */
  readonly without?: readonly string[];
}

export interface LoadConfigOptions extends ParseConfigOptions {
  /** What the file says, instead of reading it. With neither text nor file: defaults and `sets` alone. */
  readonly text?: string;
  readonly readTextFile: (path: string) => Promise<string>;
  /** Who may do what with a file, as chmod has it; undefined where there is no such thing. */
  readonly fileMode?: (path: string) => Promise<number | undefined>;
  /** For the certificate that is shown to clients, which has to be valid; not looked at where it is not given. */
  readonly nowMs?: number;
}

/**
 * Reads the configuration with the files that it names: the words of `words.stop_words_file` become a part of
 * `words.stop_words`, the others stand in `files`. Paths are as the process sees them: relative ones begin at its
 * working folder.
 * @throws {ConfigError} with all problems
 */
export async function loadConfig(options: LoadConfigOptions): Promise<Config> {
  const { file, readTextFile } = options;
  const text = options.text ??
    (file === undefined ? "" : await readText({ file }, [], () => readTextFile(file)));
  const { config: parsed, places } = parse(text, options);
  const config = { ...parsed, files: await readFiles(parsed, places, options) };
  const path = config.words.stop_words_file;
  if (path === undefined) return config;
  const key = ["words", "stop_words_file"];
  const more = await readText(places.value(key), key, () => readTextFile(path));
  // A byte order mark is white space, and so is the \r of a line's end.
  const stopWords = new Set(config.words.stop_words);
  for (const line of more.split("\n")) if (line.trim() !== "") stopWords.add(line.trim());
  if (stopWords.size > MAX_STOP_WORDS) {
    const message = `brings the stop words to ${stopWords.size}, wanted no more than ${MAX_STOP_WORDS}`;
    throw new ConfigError([problemAt(places.value(key), key, message)]);
  }
  return { ...config, words: { ...config.words, stop_words: [...stopWords] } };
}

/**
 * Parses the text of a configuration file. It reads nothing else: `words.stop_words_file` is left to the caller.
 * @throws {ConfigError} with all problems
 */
export function parseConfig(text: string, options: ParseConfigOptions = {}): Config {
  return parse(text, options).config;
}

/** All that are named, or all that is wrong with them. */
async function readFiles(
  config: Config,
  places: Places,
  { readTextFile, fileMode = () => Promise.resolve(undefined), nowMs }: LoadConfigOptions,
): Promise<readonly ConfigFile[]> {
  const problems: ConfigProblem[] = [];
  const files: ConfigFile[] = [];
  for (const { key, path, content } of namedFiles(config)) {
    try {
      let mode: number | undefined;
      const whole = await readText(places.value(key), key, async () => {
        mode = await fileMode(path);
        return await readTextFile(path);
      });
      const text = trimFile(whole, content);
      const fault = whyUnfit(text, content);
      if (fault !== undefined) problems.push(problemAt(places.value(key), key, `${path} ${fault}`));
      else files.push({ key: key.join("."), path, content, text, mode });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  const outdated = nowMs === undefined ? [] : outdatedAmong(files, nowMs);
  for (const { key, message } of [...strangersAmong(files), ...outdated]) {
    const path = key.split(".");
    problems.push(problemAt(places.value(path), path, message));
  }
  if (problems.length > 0) throw new ConfigError(problems.sort(byPlace));
  return files;
}

async function readText(place: Place, path: Path, read: () => Promise<string>): Promise<string> {
  let text: string;
  try {
    text = await read();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ConfigError([problemAt(place, path, `cannot be read: ${error.message}`)], { cause: error });
  }
  if (text.length <= MAX_FILE_CHARACTERS) return text;
  const message = `is ${text.length} characters long, wanted no more than ${MAX_FILE_CHARACTERS}`;
  throw new ConfigError([problemAt(place, path, message)]);
}

function parse(text: string, options: ParseConfigOptions): { config: Config; places: Places } {
  const { file = "configuration", without = [] } = options;
  const places = new Places(options.file === undefined ? { file } : { file, line: 1, column: 1 });
  const problems: ConfigProblem[] = [];
  const report = (place: Place, path: Path, message: string) => {
    problems.push(problemAt(place, path, message));
  };

  let root: unknown;
  try {
    const placeAt = ({ line, col }: { line: number; col: number }) => ({ file, line, column: col });
    const env = options.env ?? (() => undefined);
    root = readYaml(text, { schema: configSchema, path: [], places, placeAt, env, report }) ?? {};
  } catch (error) {
    if (error instanceof UnreadableYamlError) throw new ConfigError(problems);
    throw error;
  }
  if (isMapping(root)) {
    for (const setting of options.sets ?? []) override(root, setting, { places, report });
    const { source = {} } = root;
    if (options.sourceOptional && isMapping(source) && Object.keys(source).length === 0) {
      root.source = { lines: {} };
    }
    // A key may have a dot in it, where somebody took the file for a command line.
    for (const key of Object.keys(root)) if (without.includes(topOf(key))) delete root[key];
  }
  const result = configSchema.safeParse(root);
  for (const issue of result.error?.issues ?? []) problems.push(...problemsOf(issue, root, places));
  const relevant = problems.filter(({ path }) => !without.includes(topOf(path)));
  if (result.data === undefined || relevant.length > 0) throw new ConfigError(relevant.sort(byPlace));
  const hints = hintsOf(root, places);
  return { config: hints.length === 0 ? result.data : { ...result.data, hints }, places };
}

/** `separator:` looks like "no separator", and is the default. */
function hintsOf(root: unknown, places: Places): ConfigProblem[] {
  const path = ["words", "separator"];
  const words = childIn(root, "words");
  if (!places.has(path) || exclusiveKeys.words.some((key) => childIn(words, key) !== undefined)) return [];
  return [problemAt(places.key(path), path, 'has no value, so it is ",", wanted a value or no such key')];
}

function topOf(path: string): string {
  return path.split(".")[0];
}

function problemsOf(issue: z.core.$ZodIssue, root: unknown, places: Places): ConfigProblem[] {
  const path = issue.path as Path;
  const schema = path.reduce<z.ZodType | undefined>(
    (schema, name) => schema && childOf(schema, name),
    configSchema,
  );
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys((kindOf(schema ?? configSchema) as z.ZodObject).shape);
    return issue.keys.map((key) => {
      const place = places.key([...path, key]);
      const meant = suggestion(key, known);
      // `password:text`, the space forgotten, is a key too.
      if (schema !== undefined && isSecret(schema) && (meant === "" || !/^\w+$/.test(key))) {
        return problemAt(
          place,
          path,
          `has an unknown key, wanted ${known.join(", ")}, a colon and a space after it`,
        );
      }
      return problemAt(place, [...path, key], `unknown key${meant}`);
    });
  }
  const value = path.reduce<unknown>(childIn, root);
  if (value === UNUSABLE) return [];
  const place = value === undefined || typeof value === "object" ? places.key(path) : places.value(path);
  if (issue.code === "custom") return [problemAt(place, path, issue.message)];
  const hides = schema !== undefined && isSecret(schema);
  const fault = value === undefined ? "is missing" : hides ? "is wrong" : `is ${shown(value)}`;
  const remedy = value === undefined ? "" : remedyFor(issue, value, schema);
  return [problemAt(place, path, `${fault}, wanted ${wanted(schema ?? configSchema)}${remedy}`)];
}

function remedyFor(issue: z.core.$ZodIssue, value: unknown, schema: z.ZodType | undefined): string {
  if (issue.code === "invalid_value") return suggestion(String(value), issue.values.map(String));
  const isOtherScalar = typeof value === "number" || typeof value === "boolean";
  return isOtherScalar && schema !== undefined && isText(schema) ? " (in quotes it is text)" : "";
}

function problemAt(place: Place, path: Path, message: string): ConfigProblem {
  const name = path.join(".");
  // An option already names the path that it sets.
  return { ...place, path: place.file === `--set ${name}` ? "" : name, message };
}

/** As a file is read; what has no line comes last. */
function byPlace(a: ConfigProblem, b: ConfigProblem): number {
  const lineA = a.line ?? Number.MAX_SAFE_INTEGER;
  const lineB = b.line ?? Number.MAX_SAFE_INTEGER;
  return lineA - lineB || (a.column ?? 0) - (b.column ?? 0);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (value === null) return "empty";
  if (typeof value === "object") return "a mapping";
  if (typeof value !== "string") return String(value);
  const short = value.length <= MAX_SHOWN_CHARACTERS ? value : `${value.slice(0, MAX_SHOWN_CHARACTERS)}…`;
  return JSON.stringify(short);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
