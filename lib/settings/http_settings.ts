// Turns the section `http` into the settings of the server.

import { textOf } from "../config/config_file.ts";
import type { Config } from "../config/schema.ts";
import type { Credentials } from "../http/basic_auth.ts";
import type { ServerCertificate } from "../http/server.ts";

export interface HttpSettings {
  readonly listen: string;
  readonly certificate: ServerCertificate | undefined;
  readonly credentials: Credentials | undefined;
}

/** @throws {Error} where the files that the configuration names have not been read with it */
export function httpSettings({ http, files = [] }: Config): HttpSettings {
  const { listen, tls, basic_auth: { username, password_file } } = http;
  const certificates = textOf("http.tls.cert_file", tls.cert_file, files);
  const key = textOf("http.tls.key_file", tls.key_file, files);
  const password = textOf("http.basic_auth.password_file", password_file, files);
  return {
    listen,
    certificate: certificates === undefined || key === undefined ? undefined : { certificates, key },
    credentials: username === undefined || password === undefined ? undefined : { username, password },
  };
}
