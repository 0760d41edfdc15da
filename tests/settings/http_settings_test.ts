import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/load.ts";
import { httpSettings } from "../../lib/settings/http_settings.ts";

const TLS = "tls: {cert_file: c.pem, key_file: k.pem}";
const AUTH = "basic_auth: {username: u, password_file: p}";

function config(...http: string[]) {
  return parseConfig(`source: {synthetic: {}}\nhttp: {${http.join(", ")}}`);
}

Deno.test("httpSettings() returns nothing for absent sections, and throws without the content of a file", () => {
  const listen = "127.0.0.1:8000";
  assert.deepEqual(httpSettings(config()), { listen, certificate: undefined, credentials: undefined });
  for (const part of [TLS, AUTH]) {
    assert.throws(() => httpSettings(config(part)), /has not been read with the configuration/);
  }
});
