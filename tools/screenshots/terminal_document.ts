// Turns a terminal's screen, as tmux captures it, into an HTML document with colours.

/** Colours of a dark terminal. */
const COLORS: Readonly<Record<string, string>> = {
  "31": "#ff8a80",
  "32": "#7ddc9b",
  "33": "#eeb35a",
  "36": "#5fc4d8",
};
const INK = "#e4e7eb";
const FAINT = "#8b95a1";
const BACK = "#14171b";

/** `screen`: lines with SGR sequences (ECMA-48, 8.3.117), as `tmux capture-pane -e` gives them. */
export function terminalDocument(screen: string, columns: number): string {
  return `<!DOCTYPE html>
<meta charset="utf-8">
<title>terminal</title>
<style>
body { margin: 0; background: ${BACK}; color: ${INK}; }
pre { margin: 0; padding: 12px; width: ${columns}ch; font: 16px/19px "DejaVu Sans Mono", monospace; }
</style>
<pre>${formatScreen(screen)}</pre>
`;
}

function formatScreen(screen: string): string {
  let style = "";
  // deno-lint-ignore no-control-regex
  return screen.split(/(\x1b\[[\d;]*m)/).map((part, index) => {
    if (index % 2 === 1) {
      style = styleOf(part.slice(2, -1).split(";"), style);
      return "";
    }
    return style === "" ? escapeMarkup(part) : `<span style="${style}">${escapeMarkup(part)}</span>`;
  }).join("");
}

/** @throws {Error} for a sequence that `rtcount top` does not use. */
function styleOf(codes: readonly string[], before: string): string {
  let style = before;
  for (const code of codes) {
    if (code === "" || code === "0") style = "";
    else if (code === "1") style += "font-weight:bold;";
    else if (code === "2") style += `color:${FAINT};`;
    // The terminal's own foreground and background.
    else if (code === "39") style = style.replace(/color:[^;]*;/g, "");
    else if (code === "49") continue;
    else if (code in COLORS) style += `color:${COLORS[code]};`;
    else throw new Error(`the terminal has a style "${code}" that has no colour here`);
  }
  return style;
}

function escapeMarkup(text: string): string {
  return text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
