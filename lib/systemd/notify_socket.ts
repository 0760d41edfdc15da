// Sends datagrams to the socket of the service manager, whose address is in NOTIFY_SOCKET (sd_notify(3)).

import { join } from "node:path";

export interface NotifySocket {
  send(message: string): Promise<void>;
  close(): void;
}

const encoder = new TextEncoder();

/**
 * Opens a socket that sends to `address`: a path, or a name of the abstract namespace after `@`.
 *
 * @param options.folder where the socket's own file is made for a moment; by default the system's temporary folder
 * @throws {Error} if the address is of another kind or no socket can be opened
 */
export function openNotifySocket(
  address: string,
  options: { readonly folder?: string | undefined } = {},
): NotifySocket {
  const to = { transport: "unixpacket", path: socketPath(address) } as const;
  const socket = bindOwn(options.folder);
  return {
    async send(message) {
      await socket.send(encoder.encode(message), to);
    },
    close: () => socket.close(),
  };
}

function socketPath(address: string): string {
  if (address.startsWith("/")) return address;
  if (/^@./.test(address)) return `\0${address.slice(1)}`;
  throw new Error(`NOTIFY_SOCKET is "${address}", wanted an absolute path or @NAME`);
}

/**
 * Binds a socket to a temporary file: Deno has no socket without an address, and every release and permission set allows
 * a file. Nobody answers, so the file is removed at once.
 */
function bindOwn(dir: string | undefined): Deno.DatagramConn {
  const folder = Deno.makeTempDirSync({ dir, prefix: "notify-" });
  try {
    return Deno.listenDatagram({ transport: "unixpacket", path: join(folder, "s") });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
