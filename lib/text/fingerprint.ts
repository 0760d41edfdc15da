// Short names for texts that are too long to show.

/** Eight hexadecimal digits (FNV-1a, 32 bits, over UTF-16 code units): for the eye, not for security. */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
