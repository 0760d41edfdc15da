import assert from "node:assert/strict";
import { quoteServer } from "../../lib/text/quote_server.ts";

Deno.test("quoteServer() shows one short line without secrets", () => {
  assert.equal(quoteServer(" no\n\t luck ", []), "no luck");
  assert.equal(quoteServer("a.b*c, and a.b*c again", ["", "a.b*c"]), "<secret>, and <secret> again");
  assert.equal(quoteServer("x".repeat(1_000), []).length, 200);
  // It is cut after the secrets are out, so that no part of one is left.
  assert.equal(quoteServer(`${"x".repeat(196)}secret`, ["secret"]), `${"x".repeat(196)}<sec`);
});
