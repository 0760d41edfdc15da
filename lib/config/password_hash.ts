// Checks the file of the HTTP password: the password itself, or its bcrypt hash as htpasswd -B makes it.

/** Version, cost, salt and hash. */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
/** Each step doubles the time of a check. This cost takes some seconds. */
const MAX_COST = 14;
const MIN_COST = 4;
/** Hashes begin with `$NAME$`, and in the files of some servers with `{NAME}`. */
const SOME_HASH = /^(?:\$[a-z0-9-]+\$|\{[A-Z0-9-]+\})/;

export function isPasswordHash(text: string): boolean {
  return BCRYPT.test(text);
}

/** The end of the sentence "FILE …", without any part of the file; undefined where it is usable. */
export function passwordFault(text: string): string | undefined {
  const [, cost] = BCRYPT.exec(text) ?? [];
  if (cost !== undefined) {
    if (Number(cost) >= MIN_COST && Number(cost) <= MAX_COST) return undefined;
    return `holds a bcrypt hash of cost ${Number(cost)}, wanted ${MIN_COST} to ${MAX_COST}`;
  }
  if (/^[^$:]+:\$2[aby]\$/.test(text)) {
    return "holds a name before the hash, wanted the hash alone: it begins with $2";
  }
  if (/^\$2[abxy]\$/.test(text)) return "holds a damaged bcrypt hash, wanted 60 characters";
  if (SOME_HASH.test(text)) {
    return "holds a hash of another kind, wanted bcrypt ($2y$…, htpasswd -nB) or the password itself";
  }
  return undefined;
}
