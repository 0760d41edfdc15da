// The terminal of a process that has none.

import type { Terminal } from "../../lib/top/terminal.ts";

export const noTerminal: Terminal = {
  isTerminal: () => false,
  size() {
    throw new TypeError("there is no terminal");
  },
  onResize: () => () => {},
  onResume: () => () => {},
  setRaw() {
    throw new TypeError("there is no terminal");
  },
};
