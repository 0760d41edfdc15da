// The key `schema_registry` of the section `records`.

import { z } from "zod";
import { parseHttpAddress } from "../http_client/http_address.ts";
import { caFile, clientCertFile, keyFile } from "./certificate_keys.ts";
import { bothOrNeither, filePath, textThat, together } from "./key.ts";

const MAX_URLS = 8;
const LOGIN_KEYS = ["username", "password_file", "token_file"];
const KEYS = [...LOGIN_KEYS, "ca_file", "cert_file", "key_file"];

/** The addresses in the value of `url`. */
export function registryUrls(url: string): readonly string[] {
  return url.split(",").map((one) => one.trim());
}

/** A login in the address would be shown with the configuration. */
function isRegistryUrl(text: string): boolean {
  const urls = registryUrls(text);
  return urls.length <= MAX_URLS && urls.every((url) => {
    const address = parseHttpAddress(url);
    return address !== undefined && address.authorization === undefined;
  });
}

export const schemaRegistry = together(
  z.strictObject({
    url: textThat(
      "an http or https address without a login, or several with commas between them",
      isRegistryUrl,
    )
      .optional().describe(
        "A registry with Confluent's interface, for values in its wire format. Several addresses are tried in turn.",
      ),
    username: textThat(
      "a user name without a colon",
      (text) => text.length <= 1024 && !/[:\p{Cc}]/u.test(text),
    )
      .optional().describe("The user name, or key, for the registry. It needs password_file."),
    password_file: filePath("password").optional().describe(
      "The file that holds the password, or secret, of username.",
    ),
    token_file: filePath("token").optional().describe(
      "The file that holds a bearer token, instead of username. It is read again at each request.",
    ),
    ca_file: caFile("the registry's certificate"),
    cert_file: clientCertFile(),
    key_file: keyFile(),
  }),
  (_, { present, report }) => {
    if (!present("url")) {
      for (const key of KEYS.filter(present)) {
        report([key], "has no effect without url, wanted a url with it");
      }
      return;
    }
    bothOrNeither(["username", "password_file"], { present, report });
    bothOrNeither(["cert_file", "key_file"], { present, report });
    if (present("token_file") && present("username")) {
      report(["token_file"], "cannot be combined with username, wanted one of them");
    }
  },
);
