// Made by `deno task docs` from the schema; the next run overwrites changes.
// deno-fmt-ignore-file

import type { AwsEnvironment } from "./aws_environment.ts";
import type { ConfigProblem } from "./config_error.ts";
import type { ConfigFile } from "./config_file.ts";

/**
 * The effective configuration, with defaults. Keys are those of the file; durations are milliseconds, sizes bytes. Exactly
 * one of `source.kafka`, `.synthetic`, `.lines` is present, and one of `words.separator`, `.pattern`, `.segmenter`.
 */
export interface Config {
  /** The name of the job: the Kafka client id, and the label job_name of rtcount_build_info. */
  readonly name: string;
  /** The source of records: exactly one of kafka, synthetic, lines. */
  readonly source: {
    /** Kafka topics. */
    readonly kafka?: {
      /** Addresses of some brokers of the cluster. */
      readonly brokers: readonly string[];
      /** Topics to read. /regex/ subscribes to every topic that matches, also to later ones. */
      readonly topics: readonly string[];
      /** The consumer group. Empty: name. */
      readonly group: string;
      /** Where to begin without a committed offset: as far back as the window reaches, or at an end of the log. */
      readonly start: "window" | "earliest" | "latest";
      /** read_committed leaves out records of transactions that are open or were aborted. */
      readonly isolation: "read_committed" | "read_uncommitted";
      /** Check the CRC of each batch. A corrupt batch is skipped and counted. */
      readonly check_crcs: boolean;
      /** The most that one fetch brings from a partition. */
      readonly max_bytes_per_partition: number;
      /** How long a broker may wait for more records before it answers a fetch. */
      readonly max_wait: number;
      /** How often topics and partitions are looked up. A new topic of a pattern is read after this time at the latest. */
      readonly metadata_interval: number;
      /** After this time without a heartbeat the group gives this member's partitions to other members. */
      readonly session_timeout: number;
      /** Encryption of the connections to the brokers. */
      readonly tls: {
        /** Connect to the brokers over TLS. */
        readonly enabled: boolean;
        /** The authorities that sign the brokers' certificates, as PEM. Empty: the authorities that browsers trust. */
        readonly ca_file?: string;
        /** The client certificate with its chain, as PEM. It needs key_file. */
        readonly cert_file?: string;
        /** The private key of cert_file, as PEM without a passphrase. */
        readonly key_file?: string;
        /** The name that every broker's certificate must contain. Empty: the broker's host. */
        readonly server_name?: string;
        /** Verify the brokers' certificates. With false any server passes for a broker: for trials only. */
        readonly verify: boolean;
      };
      /** The login to the brokers. */
      readonly sasl: {
        /** How to log in to the brokers. Empty: no login. plain sends the password itself, so use it over TLS only. */
        readonly mechanism?: "plain" | "scram-sha-256" | "scram-sha-512" | "oauthbearer" | "aws-msk-iam";
        /** The user name of plain and scram. */
        readonly username?: string;
        /** The password of plain and scram. A password_file or ${NAME} from the environment is safer. */
        readonly password?: string;
        /** The file that holds the password, instead of password, such as ${CREDENTIALS_DIRECTORY}/NAME. */
        readonly password_file?: string;
        /** The file that holds the token of oauthbearer. It is read again at each login, so that it can be renewed. */
        readonly token_file?: string;
        /** With oauthbearer, instead of token_file: tokens from an authorization server (OAuth 2.0, client credentials). */
        readonly oauth?: {
          /** The token endpoint of the authorization server. Its whole address is used as it stands. */
          readonly token_url: string;
          /** The client that the tokens are for. With client_assertion_file it may be empty. */
          readonly client_id?: string;
          /** The client's secret. A client_secret_file or ${NAME} from the environment is safer. */
          readonly client_secret?: string;
          /** The file that holds the client's secret, instead of client_secret. */
          readonly client_secret_file?: string;
          /** The file that holds a signed JWT instead of a secret (RFC 7523). It is read again for each token. */
          readonly client_assertion_file?: string;
          /** The scopes to ask for, separated by spaces. Empty: those that the server grants by default. */
          readonly scope?: string;
          /** The parameter audience, which some servers require. Empty: it is not sent. */
          readonly audience?: string;
          /** SASL extensions that go to the brokers with each token, such as logicalCluster and identityPoolId. */
          readonly extensions: Readonly<Record<string, string>>;
          /** The authorities that sign the endpoint's certificate, as PEM. Empty: the authorities that browsers trust. */
          readonly ca_file?: string;
        };
        /** With aws-msk-iam: settings of AWS. The credentials come from the environment. */
        readonly aws?: {
          /** The region of the cluster. Empty: the one in the brokers' names. */
          readonly region?: string;
        };
      };
    };
    /** An embedded stream of random words: no Kafka is needed. */
    readonly synthetic?: {
      /** Named streams of records, each with a rate of its own. */
      readonly tasks: readonly ({
        /** The name of the task, and the topic of its records. */
        readonly name: string;
        /** Records per second at the start. */
        readonly rate: number;
      })[];
      /** Each second the rate of each task changes by a random whole number. This is the smallest. */
      readonly delta_min: number;
      /** The largest change of a rate in a second. */
      readonly delta_max: number;
      /** The rate of a task stays between 0 and this. */
      readonly max_rate: number;
      /** Number of distinct words. Their frequencies follow Zipf's law. */
      readonly vocabulary: number;
      /** Number of words in each record. */
      readonly words_per_record: number;
      /** The same seed gives the same stream. Empty: a different stream at each start. */
      readonly random_seed?: number;
    };
    /** Lines of a file, a FIFO or standard input. */
    readonly lines?: {
      /** A file or a FIFO to follow; - is standard input. Each line is a record. */
      readonly path: string;
    };
  };
  /** How a record is read. */
  readonly records: {
    /** The format of values. A record whose value is not of it is skipped, and counted as skipped. */
    readonly format: "text" | "json" | "avro" | "protobuf";
    /** The registry that has the schemas of values in avro and protobuf. */
    readonly schema_registry: {
      /** A registry with Confluent's interface, for values in its wire format. Several addresses are tried in turn. */
      readonly url?: string;
      /** The user name, or key, for the registry. It needs password_file. */
      readonly username?: string;
      /** The file that holds the password, or secret, of username. */
      readonly password_file?: string;
      /** The file that holds a bearer token, instead of username. It is read again at each request. */
      readonly token_file?: string;
      /** The authorities that sign the registry's certificate, as PEM. Empty: the authorities that browsers trust. */
      readonly ca_file?: string;
      /** The client certificate with its chain, as PEM. It needs key_file. */
      readonly cert_file?: string;
      /** The private key of cert_file, as PEM without a passphrase. */
      readonly key_file?: string;
    };
    /** The schema of values in avro or protobuf without a registry: NAME.avsc or NAME.proto. The values are plain, without a schema id. */
    readonly schema_file?: string;
    /** The full name of the message that the values are, for protobuf with schema_file, such as shop.orders.Order. */
    readonly message?: string;
    /** The path of the event time in the value. Empty: the timestamp of the record. */
    readonly timestamp?: string;
    /** The format of timestamp: unix_ms (milliseconds), unix (seconds, fractions allowed) or rfc3339. */
    readonly timestamp_format?: "unix_ms" | "unix" | "rfc3339";
    /** Conditions on a field, a header or the key. A record that fails one of them is in no window. */
    readonly where: readonly ({
      /** The path of the field that is tested. */
      readonly field?: string;
      /** The name of the header that is tested; the last one of several. */
      readonly header?: string;
      /** With true the key is tested. */
      readonly key?: boolean;
      /** The record counts if the value is this one. */
      readonly equals?: string | number | boolean;
      /** It counts if the value is another one, or none. */
      readonly not_equals?: string | number | boolean;
      /** It counts if the value is one of these. */
      readonly in?: readonly (string | number | boolean)[];
      /** It counts if the value is none of these. */
      readonly not_in?: readonly (string | number | boolean)[];
      /** It counts if this regular expression, with the flag u, matches anywhere in the text. */
      readonly matches?: string;
      /** It counts if the number is not below this one. */
      readonly min?: number;
      /** It counts if the number is not above this one. */
      readonly max?: number;
      /** It counts if there is a value (true), or none (false). */
      readonly exists?: boolean;
    })[];
  };
  /** How a record becomes words. */
  readonly words: {
    /** The part of a record that is split into words: its value, its key, a header, or fields of its value. */
    readonly from: "value" | "key" | "header" | "field";
    /** The path of the field, with from: field (RFC 9535 without .. and filters). It selects strings, numbers, or arrays of them. */
    readonly field?: string;
    /** Paths, instead of field. The strings or numbers that they lead to are joined into one word. */
    readonly fields?: readonly string[];
    /** The text between the parts of a word of several fields. */
    readonly joiner: string;
    /** The name of the header, with from: header; the last one of several. */
    readonly header?: string;
    /** The format of keys. Numbers are big-endian. A key that is not of it is skipped, and counted as skipped. */
    readonly key_format: "text" | "int32" | "int64" | "uuid" | "hex";
    /** Replacements in a text before it is split, one after the other. */
    readonly replace: readonly ({
      /** A regular expression with the flags g and u. Each match is replaced. */
      readonly pattern: string;
      /** The text in its place; $1 is the first group of the pattern, $$ a dollar sign. */
      readonly with: string;
    })[];
    /** The path of a whole number by which each word of the record counts. Empty: by 1. */
    readonly weight?: string;
    /** The text between words. It excludes pattern and segmenter. */
    readonly separator?: string;
    /** A regular expression with the flags g and u. Each match is a word. */
    readonly pattern?: string;
    /** unicode finds words by the rules of Unicode, also in languages without spaces. */
    readonly segmenter?: "unicode";
    /** The language whose rules the segmenter follows; und is no language. */
    readonly locale?: string;
    /** Remove white space around a word. */
    readonly trim: boolean;
    /** Count words in lower case. */
    readonly lowercase: boolean;
    /** The fewest characters of a word. A shorter word is skipped, and counted as skipped. */
    readonly min_length: number;
    /** The most bytes of a word. A longer word is skipped, and counted as skipped. */
    readonly max_length: number;
    /** Words that are not counted. */
    readonly stop_words: readonly string[];
    /** A UTF-8 file with more stop words, one per line. There are no comments. */
    readonly stop_words_file?: string;
    /** The most bytes of a record's key and value. A larger record is skipped, and counted as skipped. */
    readonly max_record_bytes: number;
  };
  /** The sliding window in which words are counted. */
  readonly window: {
    /** The length of the window, a whole multiple of slide. */
    readonly length: number;
    /** The time between the ends of two windows. */
    readonly slide: number;
    /** event uses the timestamp of a record, processing its arrival. With processing lateness and max_future are 0. */
    readonly time: "event" | "processing";
    /** How long a window waits for records that arrive out of order. */
    readonly lateness: number;
    /** A partition without new records for this time does not delay windows. */
    readonly idle: number;
    /** A record dated further ahead of the clock is skipped, and counted as skipped. */
    readonly max_future: number;
    /** Distinct words of one slide. With more of them counts can be too high, at most by the error shown with them. */
    readonly max_words: number;
    /** Bytes of all words that are held, and 16 more for each word. Beyond them the same happens as with max_words. */
    readonly max_word_bytes: number;
  };
  /** The number of words that are shown, the most frequent first. */
  readonly top: number;
  /** Limits of the intake, in records per second of the whole process. */
  readonly rate: {
    /** Adapt the rate to the speed of processing. With false only max limits it. */
    readonly backpressure: boolean;
    /** The estimate never falls below this rate. */
    readonly min: number;
    /** The rate until the first estimate. */
    readonly initial: number;
    /** The rate never exceeds this. Empty: no limit. */
    readonly max?: number;
    /** The rate of one partition never exceeds this. Empty: no limit. */
    readonly max_per_partition?: number;
    /** The rate of records that are read again after a start or a rebalance. Empty: no limit. */
    readonly replay?: number;
    /** The time between two estimates of the rate. */
    readonly interval: number;
    /** The gains of the PID estimator. */
    readonly pid: {
      /** The weight of the current error. */
      readonly proportional: number;
      /** The weight of the accumulated error. */
      readonly integral: number;
      /** The weight of the change of the error. */
      readonly derivative: number;
    };
  };
  /** Words that come more often than usual, see docs/rising.md. */
  readonly rising: {
    /** Name the words that come far more often than usual. It has no effect with merge.enabled. */
    readonly enabled: boolean;
    /** The usual count of a word is a mean over about this many window lengths. Older counts have less weight. */
    readonly baseline: number;
    /** The least count of a word that rises. It is added to both counts that are compared, so that small ones are no news. */
    readonly min_count: number;
  };
  /** Words that the stream has not had for a long time, see docs/new-words.md. */
  readonly new_words: {
    /** Name the words that the stream has not had for a long time. It has no effect with merge.enabled. */
    readonly enabled: boolean;
    /** A word is new that has not occurred for this time. It may be up to an eighth longer. */
    readonly memory: number;
    /** The least count of a word that is new, in one window. */
    readonly min_count: number;
    /** No word is new before the stream has been observed for this time. */
    readonly learn: number;
  };
  /** Snapshots make a restart faster. No count depends on them. */
  readonly state: {
    /** The folder for snapshots of the counts, which must exist. Empty: no snapshots. Only source.kafka uses it. */
    readonly dir?: string;
    /** The time between two snapshots. */
    readonly interval: number;
  };
  /** Windows of a whole group of processes, see docs/scaling.md. */
  readonly merge: {
    /** Combine the counts of all members of source.kafka.group: each member shows the windows of all partitions. */
    readonly enabled: boolean;
    /** The pane log: a topic of one partition, in which the members report their counts. Empty: GROUP.panes. */
    readonly topic?: string;
  };
  /** The HTTP server with metrics, page and API. */
  readonly http: {
    /** The address of the HTTP server. Port 0 takes a free port. */
    readonly listen: string;
    /** Encryption of the connections from clients. */
    readonly tls: {
      /** The server certificate with its chain, as PEM. It needs key_file. Empty: no TLS. */
      readonly cert_file?: string;
      /** The private key of cert_file, as PEM without a passphrase. */
      readonly key_file?: string;
    };
    /** The login of clients. */
    readonly basic_auth: {
      /** The user name for all requests. It needs password_file. Empty: no login. */
      readonly username?: string;
      /** The file that holds the password, or its bcrypt hash as htpasswd -nB prints it. */
      readonly password_file?: string;
    };
  };
  /** Destinations of closed windows, and of records that cannot be read. */
  readonly output: {
    /** Write each closed window to standard output. */
    readonly console: boolean;
    /** Windows as records of a topic. */
    readonly kafka: {
      /** An existing topic of source.kafka's cluster that receives each closed window as a JSON record. */
      readonly topic?: string;
    };
    /** Records that cannot be read. */
    readonly dead_letters: {
      /** An existing topic of source.kafka's cluster for records that cannot be read. Headers name origin and reason. */
      readonly topic?: string;
    };
  };
  /** Metrics beside those that Prometheus scrapes. */
  readonly metrics: {
    /** Metrics that are pushed to an OpenTelemetry collector every 15 s. */
    readonly otlp: {
      /** An OpenTelemetry collector that gets the metrics by OTLP/HTTP. Empty: OTEL_EXPORTER_OTLP_ENDPOINT, or none. */
      readonly endpoint?: string;
    };
  };
  /** The log of the program. */
  readonly log: {
    /** The lowest level that is logged. */
    readonly level: "debug" | "info" | "warn" | "error";
    /** The format of log lines, which go to standard error. */
    readonly format: "text" | "json";
  };
  /** The files that the configuration names. Their content is never shown. */
  readonly files?: readonly ConfigFile[];
  /** The variables that name AWS's credentials, with `aws-msk-iam`. Their values are never shown. */
  readonly awsEnvironment?: AwsEnvironment;
  /** Settings that are allowed, but probably not meant. */
  readonly hints?: readonly ConfigProblem[];
}
