// What is in the file of a password of ours: the password itself, or its hash by bcrypt, as htpasswd -B makes it and
// Prometheus takes it.

/** Version, cost, salt and hash. */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
/** Each step doubles the time of a check; this one takes some seconds. */
const MAX_COST = 14;
const MIN_COST = 4;
/** `$NAME$` is how hashes begin, and `{NAME}` in the files of some servers. */
const SOME_HASH = /^(?:\$[a-z0-9-]+\$|\{[A-Z0-9-]+\})/;

/** Ends the sentence "FILE …"; undefined where it can be used. Nothing of the file is in what it says. */
export function whyNoPasswordOrHash(text: string): string | undefined {
  const [, cost] = BCRYPT.exec(text) ?? [];
  if (cost !== undefined) {
    if (Number(cost) >= MIN_COST && Number(cost) <= MAX_COST) return undefined;
    return `holds a bcrypt hash of the cost ${Number(cost)}, wanted ${MIN_COST} to ${MAX_COST}`;
  }
  if (/^[^$:]+:\$2[aby]\$/.test(text)) {
    return "holds a name before the hash, wanted the hash alone: it begins with $2";
  }
  if (/^\$2[abxy]\$/.test(text)) return "holds a bcrypt hash that is cut or damaged, wanted 60 characters";
  if (SOME_HASH.test(text)) {
    return "holds a hash of another kind, wanted bcrypt ($2y$…, htpasswd -nB) or the password itself";
  }
  return undefined;
}
