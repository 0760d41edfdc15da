import assert from "node:assert/strict";
import { tokenExpiryMs } from "../../../lib/kafka/connection/token_expiry.ts";

const encode = (text: string) => btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

Deno.test("tokenExpiryMs() reads the time of a JWT, and nothing of what is none", () => {
  const cases: [token: string, expiryMs: number | undefined][] = [
    [`x.${encode('{"exp":1700000000}')}.y`, 1_700_000_000_000],
    [`x.${encode('{"exp":1700000000.5}')}.`, 1_700_000_000_500],
    [`x.${encode('{"exp":"soon"}')}.y`, undefined],
    [`x.${encode('{"exp":1e400}')}.y`, undefined],
    [`x.${encode("{}")}.y`, undefined],
    [`x.${encode("null")}.y`, undefined],
    [`x.${encode("[")}.y`, undefined],
    ["x..y", undefined],
    ["opaque", undefined],
    ["", undefined],
  ];
  for (const [token, expiryMs] of cases) assert.equal(tokenExpiryMs(token), expiryMs, token);
});
