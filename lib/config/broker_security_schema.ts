// How the brokers are spoken to: encryption, and the log-in.

import { isIP } from "node:net";
import { z } from "zod";
import { bothOrNeither, filePath, oneOf, secretText, textThat, together, yesOrNo } from "./key.ts";

export const tls = together(
  z.strictObject({
    enabled: yesOrNo().prefault(false).describe("Whether brokers are spoken to over TLS."),
    ca_file: filePath("certificates").optional().describe(
      "PEM: who may sign the brokers' certificates, one or several. Empty: the authorities that browsers know.",
    ),
    cert_file: filePath("certificates").optional().describe(
      "PEM: our own certificate, with those between it and its authority. With key_file.",
    ),
    key_file: filePath("private key").optional().describe("PEM: the key of cert_file, not encrypted."),
    server_name: textThat(
      "a host name or an IP address",
      (text) => isIP(text) !== 0 || /^[^\s:/[\]]+$/.test(text),
    )
      .optional().describe(
        "The name that the brokers' certificates must bear; of each broker its host where empty.",
      ),
    verify: yesOrNo().prefault(true).describe(
      "false: whoever answers is taken for the broker. For trials alone.",
    ),
  }),
  (tls, { present, report }) => {
    if (tls.enabled === false) {
      for (const key of ["ca_file", "cert_file", "key_file", "server_name"].filter(present)) {
        report([key], "is given while tls.enabled is false, wanted enabled: true beside it, or neither");
      }
      if (tls.verify === false) {
        report(["verify"], "is false while tls.enabled is false, wanted enabled: true beside it, or neither");
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
      "How to log in to the brokers. Empty: without logging in. plain sends the password itself: over TLS alone.",
    ),
    username: textThat("a user's name", (text) => text.length <= 1024 && !text.includes("\0")).optional()
      .describe("Of plain and scram."),
    password: secretText("a password", { max: 65_536 }).optional().describe(
      "Of plain and scram; better in password_file, or as ${NAME} from the environment.",
    ),
    password_file: filePath("password").optional().describe(
      "A file that holds the password, such as ${CREDENTIALS_DIRECTORY}/NAME. In place of password.",
    ),
    token_file: filePath("token").optional().describe(
      "Of oauthbearer: a file that holds the token. It is read again at each log-in, so that it may be renewed.",
    ),
  }),
  ({ mechanism }, { present, report }) => {
    const misplaced = (keys: readonly string[], message: string) => {
      for (const key of keys.filter(present)) report([key], message);
    };
    if (!present("mechanism")) {
      const all = ["username", "password", "password_file", "token_file"];
      return misplaced(all, `stands without mechanism, wanted one of ${MECHANISMS.join(", ")} beside it`);
    }
    if (mechanism === undefined) return;
    if (mechanism === "oauthbearer") {
      if (!present("token_file")) report(["mechanism"], "is oauthbearer, wanted a token_file beside it");
      return misplaced(
        ["username", "password", "password_file"],
        "stands beside mechanism oauthbearer, which takes a token_file alone",
      );
    }
    misplaced(["token_file"], `stands beside mechanism ${mechanism}, wanted with oauthbearer alone`);
    if (!present("username")) report(["mechanism"], `is ${mechanism}, wanted a username beside it`);
    if (present("password") && present("password_file")) {
      report(["password_file"], "stands beside password, wanted exactly one of password, password_file");
    } else if (!present("password") && !present("password_file")) {
      report(["mechanism"], `is ${mechanism}, wanted a password_file or a password beside it`);
    }
  },
);
