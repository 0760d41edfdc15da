import assert from "node:assert/strict";
import { askPassword } from "../../lib/cli/password_prompt.ts";
import { noTerminal } from "../fakes/no_terminal.ts";

async function ask(url: string | undefined, typed: readonly string[], { hasTerminal = true } = {}) {
  let shown = "";
  const raw: boolean[] = [];
  const stdin = ReadableStream.from(typed.map((text) => new TextEncoder().encode(text)));
  const terminal = {
    ...noTerminal,
    isTerminal: () => hasTerminal,
    setRaw: (isRaw: boolean) => void raw.push(isRaw),
  };
  const login = askPassword(url, { terminal, stdin, stderr: (text) => shown += text });
  const answer = await login.catch((error: Error) => error.message);
  assert.equal(stdin.locked, false);
  await stdin.cancel();
  return { answer, shown, raw };
}

Deno.test("askPassword() asks for what the address lacks, without an echo", async () => {
  const { answer, shown, raw } = await ask("https://pro%20m@host:8443/", ["p: äx", "\x7f\r", "more"]);
  assert.equal(answer, "pro m:p: ä");
  assert.equal(shown, "Password of pro%20m at host:8443: \n");
  assert.deepEqual(raw, [true, false]);
  assert.equal((await ask("http://u@h", ["abc\x15d\b\b\n"])).answer, "u:");
});

Deno.test("askPassword() asks nothing without a terminal or a user, or with a password", async () => {
  for (const url of [undefined, "http://h:1", "http://u:p@h", "no address", "http://:p@h"]) {
    assert.deepEqual(await ask(url, ["x\r"]), { answer: undefined, shown: "", raw: [] }, url);
  }
  const asked = await ask("http://u@h", ["x\r"], { hasTerminal: false });
  assert.deepEqual(asked, { answer: undefined, shown: "", raw: [] });
});

Deno.test("askPassword() fails at Ctrl-C and at the end of the input, and leaves the terminal as it was", async () => {
  for (const typed of [["x\x03"], ["x"], []]) {
    const { answer, raw } = await ask("http://u@h", typed);
    assert.equal(answer, "no password was given");
    assert.deepEqual(raw, [true, false]);
  }
});
