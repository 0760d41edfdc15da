// The keys `tls` and `sasl` of a Kafka source.

import { isIP } from "node:net";
import { z } from "zod";
import { bothOrNeither, filePath, oneOf, secretText, textThat, together, yesOrNo } from "./key.ts";

const UNUSED = "has no effect while tls.enabled is false, wanted enabled: true, or no such key";

export const tls = together(
  z.strictObject({
    enabled: yesOrNo().prefault(false).describe("Connect to the brokers over TLS."),
    ca_file: filePath("certificates").optional().describe(
      "The authorities that sign the brokers' certificates, as PEM. Empty: the authorities that browsers trust.",
    ),
    cert_file: filePath("certificates").optional().describe(
      "The client certificate with its chain, as PEM. It needs key_file.",
    ),
    key_file: filePath("private key").optional().describe(
      "The private key of cert_file, as PEM without a passphrase.",
    ),
    server_name: textThat(
      "a host name or an IP address",
      (text) => isIP(text) !== 0 || /^[^\s:/[\]]+$/.test(text),
    )
      .optional().describe(
        "The name that every broker's certificate must contain. Empty: the broker's host.",
      ),
    verify: yesOrNo().prefault(true).describe(
      "Verify the brokers' certificates. With false any server passes for a broker: for trials only.",
    ),
  }),
  (tls, { present, report }) => {
    if (tls.enabled === false) {
      for (const key of ["ca_file", "cert_file", "key_file", "server_name"].filter(present)) {
        report([key], UNUSED);
      }
      if (tls.verify === false) {
        report(["verify"], UNUSED);
      }
      return;
    }
    bothOrNeither(["cert_file", "key_file"], { present, report });
  },
);

const MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512", "oauthbearer"] as const;

export const sasl = together(
  z.strictObject({
    mechanism: oneOf(...MECHANISMS).optional().describe(
      "How to log in to the brokers. Empty: no login. plain sends the password itself, so use it over TLS only.",
    ),
    username: textThat("a user name", (text) => text.length <= 1024 && !text.includes("\0")).optional()
      .describe("The user name of plain and scram."),
    password: secretText("a password", { max: 65_536 }).optional().describe(
      "The password of plain and scram. A password_file or ${NAME} from the environment is safer.",
    ),
    password_file: filePath("password").optional().describe(
      "The file that holds the password, instead of password, such as ${CREDENTIALS_DIRECTORY}/NAME.",
    ),
    token_file: filePath("token").optional().describe(
      "The file that holds the token of oauthbearer. It is read again at each login, so that it can be renewed.",
    ),
  }),
  ({ mechanism }, { present, report }) => {
    const misplaced = (keys: readonly string[], message: string) => {
      for (const key of keys.filter(present)) report([key], message);
    };
    if (!present("mechanism")) {
      const all = ["username", "password", "password_file", "token_file"];
      return misplaced(all, `has no effect without mechanism, wanted a mechanism: ${MECHANISMS.join(", ")}`);
    }
    if (mechanism === undefined) return;
    if (mechanism === "oauthbearer") {
      if (!present("token_file")) report(["mechanism"], "is oauthbearer, wanted a token_file with it");
      return misplaced(
        ["username", "password", "password_file"],
        "has no effect with mechanism oauthbearer, wanted token_file only",
      );
    }
    misplaced(["token_file"], `has no effect with mechanism ${mechanism}, wanted with oauthbearer only`);
    if (!present("username")) report(["mechanism"], `is ${mechanism}, wanted a username with it`);
    if (present("password") && present("password_file")) {
      report(
        ["password_file"],
        "cannot be combined with password, wanted exactly one of password, password_file",
      );
    } else if (!present("password") && !present("password_file")) {
      report(["mechanism"], `is ${mechanism}, wanted a password_file or a password with it`);
    }
  },
);
