// The key `sasl` of a Kafka source.

import { z } from "zod";
import { parseHttpAddress } from "../http_client/http_address.ts";
import { isAwsRegion } from "./aws_environment.ts";
import { caFile } from "./certificate_keys.ts";
import { filePath, oneOf, secretText, text, textMap, textThat, together } from "./key.ts";

const MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512", "oauthbearer", "aws-msk-iam"] as const;
const PASSWORD_KEYS = ["username", "password", "password_file"];
const TOKEN_KEYS = ["token_file", "oauth"];
const PROOF_KEYS = ["client_secret", "client_secret_file", "client_assertion_file"];

const MAX_CHARACTERS = 4_096;
/** A secret of 64 KiB fits into any header. */
const MAX_SECRET_CHARACTERS = 65_536;
const MAX_EXTENSIONS = 20;

/** A login in the address would be shown wherever the configuration is. */
function isTokenUrl(url: string): boolean {
  const address = parseHttpAddress(url);
  return address !== undefined && address.authorization === undefined && !url.includes("#");
}

/** RFC 6749, section 3.3. */
function isScope(scope: string): boolean {
  return scope.length <= MAX_CHARACTERS && /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(scope);
}

const oauth = together(
  z.strictObject({
    token_url: textThat("an http or https address without a login", isTokenUrl).describe(
      "The token endpoint of the authorization server. Its whole address is used as it stands.",
    ),
    client_id: text("the client's id", { max: MAX_CHARACTERS }).optional().describe(
      "The client that the tokens are for. With client_assertion_file it may be empty.",
    ),
    client_secret: secretText("a client's secret", { max: MAX_SECRET_CHARACTERS }).optional().describe(
      "The client's secret. A client_secret_file or ${NAME} from the environment is safer.",
    ),
    client_secret_file: filePath("password").optional().describe(
      "The file that holds the client's secret, instead of client_secret.",
    ),
    client_assertion_file: filePath("token").optional().describe(
      "The file that holds a signed JWT instead of a secret (RFC 7523). It is read again for each token.",
    ),
    scope: textThat("scopes, separated by spaces", isScope).optional().describe(
      "The scopes to ask for, separated by spaces. Empty: those that the server grants by default.",
    ),
    audience: text("the audience of the tokens", { max: MAX_CHARACTERS }).optional().describe(
      "The parameter audience, which some servers require. Empty: it is not sent.",
    ),
    extensions: textMap("SASL extensions", {
      name: textThat(
        "letters only, and not auth",
        (text) => text !== "auth" && /^[A-Za-z]{1,100}$/.test(text),
      ),
      value: textThat("printable ASCII", (text) => /^[\x20-\x7e]{1,1024}$/.test(text)),
      max: MAX_EXTENSIONS,
    }).prefault({}).describe(
      "SASL extensions that go to the brokers with each token, such as logicalCluster and identityPoolId.",
    ),
    ca_file: caFile("the endpoint's certificate"),
  }),
  (_, { present, report }) => {
    const [first, ...others] = PROOF_KEYS.filter(present);
    if (first === undefined) report([], `has no proof of the client, wanted one of ${PROOF_KEYS.join(", ")}`);
    for (const key of others) {
      report([key], `cannot be combined with ${first}, wanted exactly one of ${PROOF_KEYS.join(", ")}`);
    }
    if (first !== "client_assertion_file" && !present("client_id")) {
      report([], "has no client_id, wanted one with the secret");
    }
  },
);

export const sasl = together(
  z.strictObject({
    mechanism: oneOf(...MECHANISMS).optional().describe(
      "How to log in to the brokers. Empty: no login. plain sends the password itself, so use it over TLS only.",
    ),
    username: textThat("a user name", (text) => text.length <= 1024 && !text.includes("\0")).optional()
      .describe("The user name of plain and scram."),
    password: secretText("a password", { max: MAX_SECRET_CHARACTERS }).optional().describe(
      "The password of plain and scram. A password_file or ${NAME} from the environment is safer.",
    ),
    password_file: filePath("password").optional().describe(
      "The file that holds the password, instead of password, such as ${CREDENTIALS_DIRECTORY}/NAME.",
    ),
    token_file: filePath("token").optional().describe(
      "The file that holds the token of oauthbearer. It is read again at each login, so that it can be renewed.",
    ),
    oauth: oauth.optional().describe(
      "With oauthbearer, instead of token_file: tokens from an authorization server (OAuth 2.0, client credentials).",
    ),
    aws: z.strictObject({
      region: textThat("a region of AWS, such as eu-central-1", isAwsRegion).optional().describe(
        "The region of the cluster. Empty: the one in the brokers' names.",
      ),
    }).optional().describe("With aws-msk-iam: settings of AWS. The credentials come from the environment."),
  }),
  ({ mechanism }, { present, report }) => {
    const misplaced = (keys: readonly string[], message: string) => {
      for (const key of keys.filter(present)) report([key], message);
    };
    if (!present("mechanism")) {
      const all = [...PASSWORD_KEYS, ...TOKEN_KEYS, "aws"];
      return misplaced(all, `has no effect without mechanism, wanted a mechanism: ${MECHANISMS.join(", ")}`);
    }
    if (mechanism === undefined) return;
    if (mechanism === "aws-msk-iam") {
      const message = "has no effect with mechanism aws-msk-iam, wanted aws only";
      return misplaced([...PASSWORD_KEYS, ...TOKEN_KEYS], message);
    }
    misplaced(["aws"], `has no effect with mechanism ${mechanism}, wanted with aws-msk-iam only`);
    if (mechanism === "oauthbearer") {
      const message = "has no effect with mechanism oauthbearer, wanted token_file or oauth only";
      misplaced(PASSWORD_KEYS, message);
      const given = TOKEN_KEYS.filter(present);
      if (given.length === 0) report(["mechanism"], "is oauthbearer, wanted a token_file or oauth with it");
      if (given.length > 1) {
        report(["oauth"], "cannot be combined with token_file, wanted exactly one of token_file, oauth");
      }
      return;
    }
    misplaced(TOKEN_KEYS, `has no effect with mechanism ${mechanism}, wanted with oauthbearer only`);
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
