import assert from "node:assert/strict";
import { judgeRegistry } from "../../lib/check/registry_findings.ts";

const WORKS = { url: "http://a", fault: undefined };
const CLOSED = { url: "http://b", fault: { problem: "connection refused" } };
const LOCKED = { url: "http://c", fault: { problem: "it wants a login (status 401)", remedy: "log in" } };

Deno.test("judgeRegistry() fails where no address works, with a remedy for each", () => {
  assert.deepEqual(judgeRegistry([CLOSED, LOCKED]), [
    {
      check: "registry",
      status: "FAIL",
      message: "http://b: connection refused",
      remedy: "correct it, or restart the registry",
    },
    {
      check: "registry",
      status: "FAIL",
      message: "http://c: it wants a login (status 401)",
      remedy: "log in",
    },
  ]);
});

Deno.test("judgeRegistry() warns of an address beside one that works", () => {
  assert.deepEqual(judgeRegistry([LOCKED, WORKS]), [
    {
      check: "registry",
      status: "warn",
      message: "http://c: it wants a login (status 401); another address works",
      remedy: "log in",
    },
    { check: "registry", status: "ok", message: "http://a answers" },
  ]);
  assert.deepEqual(judgeRegistry([]), []);
});
