import assert from "node:assert/strict";
import { readCa, readLogin } from "../../lib/cli/secrets.ts";

const FILES: Readonly<Record<string, string>> = { login: "u:p: w \r\n", broken: "hunter2\n", ca: "PEM" };

function io(env: Readonly<Record<string, string>> = {}) {
  return {
    env: (name: string) => Object.hasOwn(env, name) ? env[name] : undefined,
    readTextFile(path: string) {
      return Object.hasOwn(FILES, path)
        ? Promise.resolve(FILES[path])
        : Promise.reject(new Error("No such file"));
    },
  };
}

function loginOf(options: Readonly<Record<string, string[]>>, env?: Readonly<Record<string, string>>) {
  return readLogin(options, { option: "login-file", variable: "RTCOUNT_LOGIN", io: io(env) });
}

Deno.test("readLogin() reads a file without the end of its line, or else the environment", async () => {
  assert.equal(await loginOf({}), undefined);
  assert.equal(await loginOf({}, { RTCOUNT_LOGIN: "a:b" }), "a:b");
  assert.equal(await loginOf({ "login-file": ["login"] }, { RTCOUNT_LOGIN: "a:b" }), "u:p: w ");
});

Deno.test("readLogin() refuses other texts without showing them", async () => {
  const rows = [[{ "login-file": ["broken"] }, {}, "broken"], [
    {},
    { RTCOUNT_LOGIN: "hunter2" },
    "RTCOUNT_LOGIN",
  ]] as const;
  for (const [options, env, source] of rows) {
    await assert.rejects(loginOf(options as Record<string, string[]>, env), {
      message: `${source} has no login for --login-file, wanted USER:PASSWORD`,
    });
  }
  await assert.rejects(loginOf({ "login-file": ["nowhere"] }), {
    message: "cannot read nowhere for --login-file",
  });
});

Deno.test("readCa() reads the file that --ca-file or DENO_CERT names", async () => {
  assert.equal(await readCa({}, io()), undefined);
  assert.equal(await readCa({ "ca-file": ["ca"] }, io({ DENO_CERT: "nowhere" })), "PEM");
  assert.equal(await readCa({}, io({ DENO_CERT: "ca" })), "PEM");
});
