// The error of a wrong configuration, with all of its problems and their places.

/** One problem of a configuration. */
export interface ConfigProblem {
  /** The name of the file as given, or an option. */
  readonly file: string;
  /** From 1; absent for problems outside of a file. */
  readonly line?: number;
  /** From 1, in UTF-16 units. */
  readonly column?: number;
  /** Such as `source.kafka.group`; empty for the file as a whole. */
  readonly path: string;
  /** The problem and the wanted value. */
  readonly message: string;
}

/** A problem whose place is not known yet. */
export interface KeyProblem {
  /** Such as `source.kafka.group`; empty for the file as a whole. */
  readonly key: string;
  readonly message: string;
}

/** `FILE:LINE:COLUMN: path: problem, wanted value`. */
export function formatConfigProblem(problem: ConfigProblem): string {
  const { file, line, column, path, message } = problem;
  const where = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return path === "" ? `${where}: ${message}` : `${where}: ${path}: ${message}`;
}

/** The configuration is wrong. A restart does not help. */
export class ConfigError extends Error {
  /** Distinguishes it from other errors. */
  override readonly name = "ConfigError";
  /** The exit status of a process that cannot go on with it. */
  readonly exitStatus = 78;
  /** All problems, in the order of the file. */
  readonly problems: readonly ConfigProblem[];

  /** The message has one line for each problem. */
  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(problems.map(formatConfigProblem).join("\n"), options);
    this.problems = problems;
  }
}
