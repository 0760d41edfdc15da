// Loads a configuration from a file, the command line and the environment, or reports all of its problems in one go.

import { dirname } from "node:path";
import type { z } from "zod";
import { readAwsEnvironment } from "./aws_environment.ts";
import { addCollector } from "./collector_address.ts";
import { ConfigError, type ConfigProblem, type KeyProblem } from "./config_error.ts";
import { type ConfigFile, fileFault, keyFaults, trimFile } from "./config_file.ts";
import { fileHints, settingHints, stateHint, writableHint } from "./hints.ts";
import { childOf, isSecret, isText, kindOf, nameWanted, wanted } from "./key.ts";
import { namedFiles } from "./named_files.ts";
import { override } from "./override.ts";
import { childIn, type Path, type Place, Places } from "./places.ts";
import { formerKey, formerValue } from "./former_keys.ts";
import { readImports, schemaFaults } from "./schema_file.ts";
import { type Config, configSchema } from "./schema.ts";
import { MAX_STOP_WORDS, SPLIT_KEYS } from "./words_schema.ts";
import { suggestion } from "../text/suggestion.ts";
import { readYaml, UnreadableYamlError, UNUSABLE } from "./yaml_reader.ts";

/** The largest file that the configuration may name. */
const MAX_FILE_CHARACTERS = 1 << 24;
const MAX_SHOWN_CHARACTERS = 60;
/** A login in an address, which no message shows. */
const LOGIN = /\/\/[^/?#\s]*@/g;

/** The additions to the text of a configuration. */
export interface ParseConfigOptions {
  /** The name of the file in messages. */
  readonly file?: string;
  /** Each is PATH=VALUE. Later ones override earlier ones, and all override the file. */
  readonly sets?: readonly string[];
  /** Environment variables for `${NAME}`. Without it none are set. */
  readonly env?: (name: string) => string | undefined;
  /** Without a source read lines of standard input. */
  readonly sourceOptional?: boolean;
  /** Sections to leave out, with their problems. */
  readonly without?: readonly string[];
}

export interface LoadConfigOptions extends ParseConfigOptions {
  /** The content of the file, which is not read then. With neither text nor file, only `sets` and defaults apply. */
  readonly text?: string;
  readonly readTextFile: (path: string) => Promise<string>;
  /** Leave the files unread that the configuration names. */
  readonly withoutFiles?: boolean;
  /** The permission bits of a file. */
  readonly fileMode?: (path: string) => Promise<number | undefined>;
  /** The time at which certificates should be valid. Without it any time is accepted. */
  readonly nowMs?: number;
}

/**
 * Loads a configuration with the files that it names. The words of `words.stop_words_file` are added to
 * `words.stop_words`; the other files are in `files`. Relative paths begin at the working folder of the process.
 * @throws {ConfigError} with all problems
 */
export async function loadConfig(options: LoadConfigOptions): Promise<Config> {
  const { file, readTextFile } = options;
  const text = options.text ??
    (file === undefined ? "" : await readText({ file }, [], () => readTextFile(file)));
  const { config, places } = parse(text, options);
  if (options.withoutFiles) return config;
  const files = await readFiles(config, places, options);
  const hints = [
    ...config.hints ?? [],
    ...await configFileHints(options),
    ...await stateHints(config, places, options),
    ...fileHints(files, options.nowMs).map((hint) => placed(hint, places)),
  ];
  const path = config.words.stop_words_file;
  if (path === undefined) return { ...config, files, hints };
  const key = ["words", "stop_words_file"];
  const place = places.value(key);
  const lines = (await readText(place, key, () => readTextFile(path))).split("\n");
  // trim() also removes a byte order mark and the \r before a line end.
  const words = [
    ...config.words.stop_words,
    ...lines.map((line) => line.trim()).filter((word) => word !== ""),
  ];
  const stop_words = [...new Set(words)];
  if (stop_words.length > MAX_STOP_WORDS) {
    const message = `brings the stop words to ${stop_words.length}, wanted no more than ${MAX_STOP_WORDS}`;
    throw new ConfigError([problemAt(place, key, message)]);
  }
  return { ...config, files, hints, words: { ...config.words, stop_words } };
}

/**
 * Parses the text of a configuration file. The files that it names are not read.
 * @throws {ConfigError} with all problems
 */
export function parseConfig(text: string, options: ParseConfigOptions = {}): Config {
  return parse(text, options).config;
}

/** @throws {ConfigError} with the problems of all files */
async function readFiles(
  config: Config,
  places: Places,
  { readTextFile, fileMode = unknownMode }: LoadConfigOptions,
): Promise<readonly ConfigFile[]> {
  const problems: ConfigProblem[] = [];
  const report = (key: Path, message: string) => problems.push(problemAt(places.value(key), key, message));
  const files: ConfigFile[] = [];
  for (const { key, path, content } of namedFiles(config)) {
    try {
      const mode = await fileMode(path);
      const text = trimFile(checkLength(await readTextFile(path)), content);
      const fault = fileFault(text, content);
      if (fault !== undefined) report(key, `${path} ${fault}`);
      else files.push({ key: key.join("."), path, content, text, mode });
    } catch (error) {
      report(key, readFault(error));
    }
  }
  try {
    files.push(...await readImports(config, files, async (path) => checkLength(await readTextFile(path))));
    for (const { key, message } of await schemaFaults(config, files)) report(key.split("."), message);
  } catch (error) {
    report(["records", "schema_file"], readFault(error));
  }
  for (const { key, message } of keyFaults(files)) report(key.split("."), message);
  if (problems.length > 0) throw new ConfigError(problems.sort(byPlace));
  return files;
}

async function configFileHints(
  { file, text, fileMode = unknownMode }: LoadConfigOptions,
): Promise<ConfigProblem[]> {
  if (file === undefined || text !== undefined) return [];
  // A confined process may not ask for the folder.
  const [mode, folderMode] = await Promise.all([
    fileMode(file),
    fileMode(dirname(file)).catch(() => undefined),
  ]);
  const hint = writableHint(mode, folderMode);
  return hint === undefined ? [] : [{ file, path: hint.key, message: hint.message }];
}

async function stateHints(
  { state: { dir } }: Config,
  places: Places,
  { fileMode = unknownMode }: LoadConfigOptions,
): Promise<ConfigProblem[]> {
  // A missing folder is reported when the first snapshot is saved.
  const mode = dir === undefined ? undefined : await fileMode(dir).catch(() => undefined);
  const hint = stateHint(mode);
  return hint === undefined ? [] : [placed(hint, places)];
}

function unknownMode(): Promise<undefined> {
  return Promise.resolve(undefined);
}

function placed({ key, message }: KeyProblem, places: Places): ConfigProblem {
  const path = key.split(".");
  return problemAt(places.value(path), path, message);
}

async function readText(place: Place, path: Path, read: () => Promise<string>): Promise<string> {
  try {
    return checkLength(await read());
  } catch (error) {
    throw new ConfigError([problemAt(place, path, readFault(error))], { cause: error });
  }
}

function checkLength(text: string): string {
  if (text.length <= MAX_FILE_CHARACTERS) return text;
  throw new RangeError(`it has ${text.length} characters, wanted ${MAX_FILE_CHARACTERS} at most`);
}

function readFault(error: unknown): string {
  if (!(error instanceof Error)) throw error;
  return `cannot be read: ${error.message}`;
}

function parse(text: string, options: ParseConfigOptions): { config: Config; places: Places } {
  const { file = "configuration", without = [] } = options;
  const places = new Places(options.file === undefined ? { file } : { file, line: 1, column: 1 });
  const problems: ConfigProblem[] = [];
  const report = (place: Place, path: Path, message: string) => {
    problems.push(problemAt(place, path, message));
  };

  const env = options.env ?? (() => undefined);
  let root: unknown;
  let collectorHint: ConfigProblem | undefined;
  try {
    root = readYaml(text, { schema: configSchema, path: [], places, file, env, report }) ?? {};
  } catch (error) {
    if (error instanceof UnreadableYamlError) throw new ConfigError(problems);
    throw error;
  }
  if (isMapping(root)) {
    for (const setting of options.sets ?? []) override(root, setting, { places, report });
    collectorHint = addCollector(root, { env, places });
    const { source = {} } = root;
    if (options.sourceOptional && isMapping(source) && Object.keys(source).length === 0) {
      root.source = { lines: {} };
    }
    // A key of the file may contain dots by mistake, as in `rate.max: 5`.
    for (const key of Object.keys(root)) if (without.includes(sectionOf(key))) delete root[key];
  }
  const result = configSchema.safeParse(root);
  for (const issue of result.error?.issues ?? []) problems.push(...problemsOf(issue, root, places));
  const relevant = problems.filter(({ path }) => !without.includes(sectionOf(path)));
  if (result.data === undefined || relevant.length > 0) throw new ConfigError(relevant.sort(byPlace));
  const hints = [
    ...(collectorHint === undefined ? [] : [collectorHint]),
    ...separatorHints(root, places),
    ...settingHints(result.data).map((hint) => placed(hint, places)),
  ];
  const usesAws = result.data.source.kafka?.sasl.mechanism === "aws-msk-iam";
  const aws = usesAws ? { awsEnvironment: readAwsEnvironment(env) } : {};
  return { config: { ...result.data, ...aws, hints }, places };
}

/** `separator:` looks like "no separator", and is the default. */
function separatorHints(root: unknown, places: Places): ConfigProblem[] {
  const path = ["words", "separator"];
  const words = childIn(root, "words");
  if (!places.has(path) || SPLIT_KEYS.some((key) => childIn(words, key) !== undefined)) return [];
  return [problemAt(places.key(path), path, 'has no value, so it is ",", wanted a value or no such key')];
}

function sectionOf(path: string): string {
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
      const former = formerKey([...path, key]);
      if (former !== undefined) return problemAt(place, [...path, key], former);
      const meant = suggestion(key, known);
      // In `password:text` the space is missing: all of it is a key, which must not be shown.
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
  if (issue.code === "invalid_key") {
    const names = path.slice(0, -1).reduce<z.ZodType>(
      (schema, name) => childOf(schema, name) ?? schema,
      configSchema,
    );
    const message = `is no name here, wanted ${nameWanted(kindOf(names) as z.ZodRecord)}`;
    return [problemAt(places.key(path), path, message)];
  }
  const value = path.reduce<unknown>(childIn, root);
  if (value === UNUSABLE) return [];
  const place = value === undefined || typeof value === "object" ? places.key(path) : places.value(path);
  if (issue.code === "custom") return [problemAt(place, path, issue.message)];
  const former = formerValue(path, value);
  if (former !== undefined) return [problemAt(place, path, former)];
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
  // The name of the option contains the path.
  return { ...place, path: place.file === `--set ${name}` ? "" : name, message };
}

/** In the order of the file; problems without a line come last. */
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
  const safe = value.replace(LOGIN, "//<login>@");
  const short = safe.length <= MAX_SHOWN_CHARACTERS ? safe : `${safe.slice(0, MAX_SHOWN_CHARACTERS)}…`;
  return JSON.stringify(short);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
