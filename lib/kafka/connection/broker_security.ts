// The security settings of broker connections. Their secrets go to the broker and nowhere else.

/** Without either: plain text, no login. */
export interface BrokerSecurity {
  readonly tls?: TlsSettings | undefined;
  readonly sasl?: SaslSettings | undefined;
}

/** Certificates and keys are PEM. */
export interface TlsSettings {
  /** The authorities that may sign brokers' certificates. Default: the public ones. */
  readonly ca?: string | undefined;
  /** The client's certificate chain and its key; both or neither. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** The name that brokers' certificates must contain. Default: their host. */
  readonly serverName?: string | undefined;
  /** false: any certificate is accepted. */
  readonly verify: boolean;
}

export type PasswordMechanism = "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";

export type SaslSettings =
  | { readonly mechanism: PasswordMechanism; readonly username: string; readonly password: string }
  | {
    readonly mechanism: "OAUTHBEARER";
    readonly tokens: TokenSource;
  };

export interface BearerToken {
  readonly value: string;
  /** SASL extensions, such as Confluent Cloud's `logicalCluster`. */
  readonly extensions?: ReadonlyMap<string, string>;
  /** After this time the source may have a newer token. Undefined: it does not know. */
  readonly renewInMs?: number;
}

/** A place that tokens come from. All connections of the process share it. */
export interface TokenSource {
  /** Names its tokens in messages, such as `the token in FILE`. */
  readonly subject: string;
  /** Called at each login, as tokens expire. @throws {Error} whose message names the token and the remedy */
  token(): Promise<BearerToken>;
  /** A broker does not accept the token. */
  onRejected?(token: BearerToken): void;
}
