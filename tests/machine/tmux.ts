// A terminal of any size, and what it shows: tmux, with a server of its own.

const POLL_MS = 50;
const WAIT_MS = 120_000;

export class Tmux implements AsyncDisposable {
  readonly #socket = `rtcount-${crypto.randomUUID()}`;

  private constructor() {}

  /** Runs a line of shell in a terminal of that size, and keeps what it shows after the line has ended. */
  static async start(line: string, size: { columns: number; rows: number }): Promise<Tmux> {
    const tmux = new Tmux();
    const { columns, rows } = size;
    // The lines before and after must be visible, too.
    const shell = `${line}; cat`;
    await tmux.#run("new-session", "-d", "-x", String(columns), "-y", String(rows), shell);
    return tmux;
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#run("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** Its device. */
  async tty(): Promise<string> {
    return (await this.#run("display-message", "-p", "#{pane_tty}")).trim();
  }

  /** Presses a key by tmux's name of it, such as `q` or `C-c`. */
  async press(key: string): Promise<void> {
    await this.#run("send-keys", key);
  }

  /** The lines on the screen, without blanks at their ends. */
  async screen(): Promise<string[]> {
    return (await this.#run("capture-pane", "-p")).replace(/\n$/, "").split("\n");
  }

  /** The same with colours, as SGR sequences. */
  async screenWithStyles(): Promise<string> {
    return await this.#run("capture-pane", "-p", "-e");
  }

  async waitFor(what: string, isThere: (screen: readonly string[]) => boolean): Promise<string[]> {
    const deadlineMs = performance.now() + WAIT_MS;
    while (true) {
      const screen = await this.screen();
      if (isThere(screen)) return screen;
      if (performance.now() > deadlineMs) {
        throw new Error(`waited for ${what} for ${WAIT_MS / 1_000} s; the screen:\n${screen.join("\n")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async #run(...args: string[]): Promise<string> {
    const command = ["-u", "-f", "/dev/null", "-L", this.#socket, ...args];
    const env = { LC_ALL: "C.UTF-8", TERM: "xterm-256color" };
    const { success, stdout, stderr } = await new Deno.Command("tmux", { args: command, env }).output();
    const decoder = new TextDecoder();
    if (!success) throw new Error(`tmux ${args[0]}: ${decoder.decode(stderr)}`);
    return decoder.decode(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run("kill-server");
  }
}
