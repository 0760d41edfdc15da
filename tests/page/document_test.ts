import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { html, scriptHash, styleHash } from "../../lib/http/page_document.ts";

Deno.test("lib/http/page_document.ts is up to date with its folder", async () => {
  const tool = fileURLToPath(new URL("../../tools/build_page.ts", import.meta.url));
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", tool, "--check"],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
});

Deno.test("the page has one script and one style, which its policy names, and no other origin", () => {
  const hash = (text: string) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
  const inside = (element: string) => {
    const all = [...html.matchAll(new RegExp(`<${element}\\b[^>]*>(.*?)</${element}>`, "gs"))];
    assert.equal(all.length, 1);
    return all[0][1];
  };
  assert.equal(hash(inside("script")), scriptHash);
  assert.equal(hash(inside("style")), styleHash);
  const [markup] = html.split("<script");
  assert.doesNotMatch(
    markup.replace(/<!--.*?-->/gs, ""),
    /\s(src|href)=["']?(https?:|\/\/)|\sstyle=|\son\w+=|@import/i,
  );
});
