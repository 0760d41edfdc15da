import assert from "node:assert/strict";
import { parseHttpAddress } from "../../lib/http_client/http_address.ts";

Deno.test("parseHttpAddress() keeps credentials out of the address", () => {
  const basic = (login: string) => `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(login)))}`;
  const table: readonly (readonly [string, string, host: string, port: number, login: string | undefined])[] =
    [
      ["http://127.0.0.1:8000", "http://127.0.0.1:8000", "127.0.0.1", 8000, undefined],
      ["https://h/", "https://h", "h", 443, undefined],
      ["http://h/behind/a/proxy/?x#y", "http://h/behind/a/proxy", "h", 80, undefined],
      ["http://[::1]:8000", "http://[::1]:8000", "::1", 8000, undefined],
      ["http://user:secret@h:1", "http://h:1", "h", 1, "user:secret"],
      ["http://u%3A:p%40%2F%C3%A9@h", "http://h", "h", 80, "u::p@/é"],
      ["http://u:100%@h", "http://h", "h", 80, "u:100%"],
      ["http://user@h", "http://h", "h", 80, "user:"],
    ];
  for (const [text, url, host, port, login] of table) {
    const authorization = login && basic(login);
    assert.deepEqual(parseHttpAddress(text), { url, host, port, authorization }, text);
  }
  for (
    const [text, login] of [["http://h", "u:p"], ["http://user@h", "u:p"], ["http://user:x@h", "user:x"]]
  ) {
    assert.equal(parseHttpAddress(text, "u:p")?.authorization, basic(login), text);
  }
  for (const text of ["", "h", "h:8000", "ftp://h", "http://", "http://h:x"]) {
    assert.equal(parseHttpAddress(text), undefined, text);
  }
});
