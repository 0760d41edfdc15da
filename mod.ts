/**
 * Real-time word counts over a sliding window, for those who embed them.
 *
 * @module
 */

export { systemClock } from "./lib/async/clock.ts";
export type { Clock } from "./lib/async/clock.ts";
export { parseConfig } from "./lib/config/load.ts";
export type { ParseConfigOptions } from "./lib/config/load.ts";
export type { Config } from "./lib/config/config.ts";
export type { AwsEnvironment } from "./lib/config/aws_environment.ts";
export type { ConfigFile } from "./lib/config/config_file.ts";
export type { FileContent } from "./lib/config/key.ts";
export { startDaemon } from "./lib/daemon/daemon.ts";
export type { Daemon, DaemonOptions } from "./lib/daemon/daemon.ts";
export type { Summary } from "./lib/systemd/status_line.ts";
export { ConfigError } from "./lib/config/config_error.ts";
export type { ConfigProblem } from "./lib/config/config_error.ts";
export { createLog } from "./lib/log/log.ts";
export type { Log, LogFields, LogFormat, LogLevel, LogOptions, LogSettings } from "./lib/log/log.ts";
export { PidRateEstimator } from "./lib/rate/pid_rate_estimator.ts";
export type { IntervalMeasure, PidRateEstimatorOptions } from "./lib/rate/pid_rate_estimator.ts";
export { SlidingWindow } from "./lib/window/sliding_window.ts";
export type { RecordOutcome } from "./lib/window/sliding_window.ts";
export type {
  SlidingWindowOptions,
  WeightedWords,
  WindowOptions,
  WordNames,
} from "./lib/window/window_options.ts";
export type { HeldWords } from "./lib/window/word_holders.ts";
export type { PaneCount, RisingWord, WindowResult, WordCount } from "./lib/window/window_result.ts";
export { Tokenizer } from "./lib/words/tokenizer.ts";
export type { SplitRule, WordRules } from "./lib/words/word_rules.ts";
export { WordTable } from "./lib/words/word_table.ts";
