import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/load.ts";
import { httpSettings, warnOfOpenDoor } from "../../lib/settings/http_settings.ts";

const TLS = "tls: {cert_file: c.pem, key_file: k.pem}";
const AUTH = "basic_auth: {username: u, password_file: p}";

function config(...http: string[]) {
  return parseConfig(`source: {synthetic: {}}\nhttp: {${http.join(", ")}}`);
}

Deno.test("warnOfOpenDoor() warns of a password that goes through the net in plain, and of nothing else", () => {
  const rows: readonly (readonly [http: string[], warnings: number])[] = [
    [['listen: "0.0.0.0:8000"', AUTH], 1],
    [['listen: "[::]:8000"', AUTH], 1],
    [['listen: "counts.example:8000"', AUTH], 1],
    [['listen: "0.0.0.0:8000"', AUTH, TLS], 0],
    [['listen: "0.0.0.0:8000"'], 0],
    [['listen: "127.0.0.1:8000"', AUTH], 0],
    [['listen: "[::1]:8000"', AUTH], 0],
    [['listen: "localhost:8000"', AUTH], 0],
  ];
  for (const [http, warnings] of rows) {
    const said: string[] = [];
    warnOfOpenDoor(config(...http), { warn: (message) => said.push(message) });
    assert.equal(said.length, warnings, http.join());
  }
});

Deno.test("httpSettings() has nothing where nothing is configured, and never goes on without a file", () => {
  const listen = "127.0.0.1:8000";
  assert.deepEqual(httpSettings(config()), { listen, certificate: undefined, credentials: undefined });
  for (const part of [TLS, AUTH]) {
    assert.throws(() => httpSettings(config(part)), /has not been read with the configuration/);
  }
});
