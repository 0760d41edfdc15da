// The error of a wrong configuration: all that is wrong with it, each problem with its place in the file.

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
