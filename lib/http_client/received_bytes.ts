// Bounds all bytes that a server sends, and not only the body of its answer. The runtime reads interim answers and the
// extensions of chunks without end, at the speed of the network.

import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";

/** Beside the body: interim answers, the head, and what stands between chunks. */
const MAX_HEAD_BYTES = 256 * 1024;
/** A chunk of one byte takes six: the length, the byte, and a line end after each. The number of pieces has its own bound. */
const CHUNKED_FACTOR = 6;

/**
 * Calls `onExcess`, which must end the request, when more bytes come than an answer can have whose body has `maxBodyBytes`.
 * With Infinity only those before the head count.
 */
export function boundReceivedBytes(
  request: ClientRequest,
  { maxBodyBytes, onExcess }: { readonly maxBodyBytes: number; readonly onExcess: () => void },
): void {
  let left = MAX_HEAD_BYTES;
  request.once("response", () => left += CHUNKED_FACTOR * maxBodyBytes);
  request.once("socket", (socket: Socket) => {
    socket.on("data", (bytes: Uint8Array) => {
      left -= bytes.length;
      if (left < 0) onExcess();
    });
  });
}
