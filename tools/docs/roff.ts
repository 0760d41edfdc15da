// Manual pages in man(7), as groff and mandoc read them.

const MAX_LINE = 80;

/** The blocks as one page: without hyphens at line ends, and without long lines in the source. */
export function manPage([comment, title, ...blocks]: readonly string[]): string {
  const lines = [comment, title, ".nh", ".ad l", ...blocks].join("\n").split("\n").flatMap(wrap);
  return `${lines.join("\n")}\n`;
}

/** Text in which `code` is bold. */
export function roff(text: string): string {
  const [first, ...others] = text.split("`");
  const parts = others.map((part, i) => i % 2 === 0 ? bold(part) : escape(part));
  return protect(escape(first) + parts.join(""));
}

export function bold(text: string): string {
  return `\\fB${verbatim(text)}\\fR`;
}

export function italic(text: string): string {
  return `\\fI${verbatim(text)}\\fR`;
}

/** A paragraph with a tag. */
export function tagged(tag: string, lines: readonly string[]): string {
  return [".TP", tag, ...lines].join("\n");
}

/** Text that a reader may copy: hyphens and quotes stay what they are. */
export function verbatim(text: string): string {
  return escape(text).replaceAll("-", "\\-").replaceAll("'", "\\(aq").replaceAll("^", "\\(ha").replaceAll(
    "~",
    "\\(ti",
  );
}

/** A line of an example. */
export function exampleLine(line: string): string {
  return protect(verbatim(line));
}

/** A new sentence begins a new line, as roff wants it. */
function wrap(line: string): string[] {
  if (/^[. ]/.test(line)) return [line];
  const lines = [""];
  for (const word of line.split(" ")) {
    const last = lines[lines.length - 1];
    const isSentence = /[.!?]$/.test(last) && /^[A-Z]/.test(word);
    if (last === "") lines[lines.length - 1] = word;
    else if (!isSentence && last.length + word.length < MAX_LINE) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(protect(word));
  }
  return lines;
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replace(/\P{ASCII}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\[u${code.toString(16).toUpperCase().padStart(4, "0")}]`;
  });
}

/** A line that begins with a dot or a quote would be a request. */
function protect(line: string): string {
  return line.replace(/^(?=[.'])/, "\\&");
}
