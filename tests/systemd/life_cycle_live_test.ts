import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { missingPrograms } from "../machine/machine.ts";
import { scriptsIn, testCases } from "./service_cases.ts";

const ROOT = new URL("../../", import.meta.url);
const CASES = new URL("cases/", import.meta.url);

testCases(CASES);

Deno.test({
  name: "shellcheck finds nothing in the scripts",
  ignore: missingPrograms("shellcheck").length > 0,
  async fn() {
    const scripts = [
      "systemd/install.sh",
      "tests/systemd/prelude.sh",
      "tests/systemd/members.sh",
      "tests/package/cases/deb.sh",
      ...scriptsIn(CASES),
      ...scriptsIn(new URL("timed_cases/", import.meta.url)),
      ...scriptsIn(new URL("packaging/deb/", ROOT)).filter((path) => !path.endsWith("/lintian-overrides")),
    ];
    const { stdout } = await new Deno.Command("shellcheck", {
      args: ["--external-sources", "--source-path=.", ...scripts],
      cwd: fileURLToPath(ROOT),
    }).output();
    assert.equal(new TextDecoder().decode(stdout), "");
  },
});
