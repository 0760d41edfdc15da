// Errors that a caller tells apart. Each says with which status the program ends because of it.

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** Where: the file's name as given, or `--set` or `environment`. */
  readonly file: string;
  /** From 1; absent for what is not in a file. */
  readonly line?: number;
  readonly column?: number;
  /** Such as `source.kafka.group`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong, what is wanted. */
  readonly message: string;
}

/** `FILE:LINE:COLUMN: path: what is wrong, what is wanted`. */
export function formatConfigProblem(problem: ConfigProblem): string {
  const { file, line, column, path, message } = problem;
  const where = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return path === "" ? `${where}: ${message}` : `${where}: ${path}: ${message}`;
}

/** The configuration is wrong; no restart cures that. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly exitStatus = 78;
  constructor(readonly problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(problems.map(formatConfigProblem).join("\n"), options);
  }
}

/** The command line is wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly exitStatus = 2;
}
