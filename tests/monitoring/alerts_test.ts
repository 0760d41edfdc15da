// docs/alerts.md and the alert rules: each alert has an entry, and leads to it.

import assert from "node:assert/strict";
import { readRules } from "./shipped_files.ts";

const RUNBOOK = "https://rtcount.example/docs/alerts.md";
const PARTS = ["Meaning", "Impact", "Diagnosis", "Remedy"];

const page = await Deno.readTextFile(new URL("../../docs/alerts.md", import.meta.url));
const alerts = (await readRules()).filter(({ alert }) => alert !== undefined);

interface Entry {
  readonly name: string;
  readonly severity: string | undefined;
  /** By its title. */
  readonly parts: readonly (readonly [title: string, text: string])[];
}

function entriesOf(markdown: string): Entry[] {
  return markdown.split(/^## /m).slice(1).map((section) => {
    const [name] = section.split("\n", 1);
    const [head, ...parts] = section.split(/^\*\*(?=\w+\.\*\*)/m);
    return {
      name,
      severity: /^Severity: (\w+)\.$/m.exec(head)?.[1],
      parts: parts.map((part) => {
        const [, title, text] = /^(\w+)\.\*\*([^]*)$/.exec(part) ?? [];
        return [title, text.trim()] as const;
      }),
    };
  });
}

Deno.test("docs/alerts.md has one entry for each alert, in the order of the rules, and no other", () => {
  assert.deepEqual(entriesOf(page).map(({ name }) => name), alerts.map(({ alert }) => alert));
});

Deno.test("docs/alerts.md says the severity, meaning, impact, diagnosis and remedy of each alert", () => {
  const severities = new Map(alerts.map(({ alert, labels }) => [alert, labels?.severity]));
  for (const { name, severity, parts } of entriesOf(page)) {
    assert.equal(severity, severities.get(name), name);
    assert.deepEqual(parts.map(([title]) => title), PARTS, name);
    for (const [title, text] of parts) assert.ok(text.length >= 20, `${name}: ${title}`);
  }
});

Deno.test("runbook_url of each alert leads to its entry in docs/alerts.md", () => {
  for (const { alert = "", annotations } of alerts) {
    assert.equal(annotations?.runbook_url, `${RUNBOOK}#${alert.toLowerCase()}`);
  }
});

Deno.test("docs/alerts.md names no alert that does not exist", () => {
  const names = new Set(alerts.map(({ alert }) => alert));
  const named = page.match(/\b(?:Rtcount[A-Z]\w+|TargetDown)\b/g) ?? [];
  assert.deepEqual(named.filter((name) => !names.has(name)), []);
});
