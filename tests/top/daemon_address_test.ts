import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { parseDaemonAddress } from "../../lib/top/daemon_address.ts";

Deno.test("parseDaemonAddress() keeps credentials out of the address", () => {
  const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString("base64")}`;
  const table: readonly (readonly [text: string, url: string, authorization: string | undefined])[] = [
    ["http://127.0.0.1:8000", "http://127.0.0.1:8000", undefined],
    ["https://h/", "https://h", undefined],
    ["http://h/behind/a/proxy/?x#y", "http://h/behind/a/proxy", undefined],
    ["http://[::1]:8000", "http://[::1]:8000", undefined],
    ["http://user:secret@h:1", "http://h:1", basic("user:secret")],
    ["http://u%3A:p%40%2F%C3%A9@h", "http://h", basic("u::p@/é")],
    ["http://u:100%@h", "http://h", basic("u:100%")],
    ["http://user@h", "http://h", basic("user:")],
  ];
  for (const [text, url, authorization] of table) {
    assert.deepEqual(parseDaemonAddress(text), { url, authorization }, text);
  }
  for (const text of ["", "h", "h:8000", "ftp://h", "http://", "http://h:x"]) {
    assert.equal(parseDaemonAddress(text), undefined, text);
  }
});
