// How brokers are spoken to: encrypted or not, and as whom. What of it is a secret stays in here: it goes to the broker,
// and nowhere else.

/** With none of the two: in plain, as nobody. */
export interface BrokerSecurity {
  readonly tls?: TlsSettings | undefined;
  readonly sasl?: SaslSettings | undefined;
}

/** Certificates and keys are PEM. */
export interface TlsSettings {
  /** Who may sign brokers' certificates; the public authorities where it is not given. */
  readonly ca?: string | undefined;
  /** Our own certificate, with those that lead to its authority, and its key; both or neither. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** What brokers' certificates have to be for; their host where it is not given. */
  readonly serverName?: string | undefined;
  /** false: whoever answers is taken for the broker. */
  readonly verify: boolean;
}

export type PasswordMechanism = "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";

export type SaslSettings =
  | { readonly mechanism: PasswordMechanism; readonly username: string; readonly password: string }
  | {
    readonly mechanism: "OAUTHBEARER";
    /** Where the token is from, for messages. */
    readonly tokenFile: string;
    /** The token as it is now; called at each log-in, as tokens run out. */
    readonly readToken: () => Promise<string>;
  };
