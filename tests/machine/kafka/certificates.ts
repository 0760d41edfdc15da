// A certificate authority for tests, by openssl: certificates as good and as bad as wanted, in a folder of its own.

import { join } from "node:path";

export interface Certificate {
  /** PEM files. */
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Both in one file, as Kafka reads a PEM key store. */
  readonly bothFile: string;
}

export interface CertificateOptions {
  /** Such as `DNS:localhost,IP:127.0.0.1`. */
  readonly names: string;
  /** `YYYYMMDDHHMMSSZ`; now, and for a day, where they are not given. */
  readonly from?: string;
  readonly to?: string;
}

export class CertificateAuthority implements AsyncDisposable {
  readonly #folder: string;
  readonly #name: string;

  private constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
  }

  static async make(name: string): Promise<CertificateAuthority> {
    const folder = await Deno.makeTempDir({ prefix: "rtcount-ca-" });
    const made = new CertificateAuthority(folder, name);
    await made.#openssl("req", "-x509", "-newkey", ...EC_KEY, "-days", "1", "-subj", `/CN=${name}`, ...[
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
    ]);
    const section = "[ca]\ndefault_ca=us\n[us]\ndatabase=index.txt\nserial=serial.txt\nnew_certs_dir=.\n" +
      "certificate=ca.pem\nprivate_key=ca.key\ndefault_md=sha256\ndefault_days=1\npolicy=any\n" +
      "unique_subject=no\n[any]\ncommonName=supplied\n";
    await Promise.all([
      Deno.writeTextFile(join(folder, "ca.cnf"), section),
      Deno.writeTextFile(join(folder, "index.txt"), ""),
      Deno.writeTextFile(join(folder, "serial.txt"), "01\n"),
    ]);
    return made;
  }

  /** Its own certificate. */
  get file(): string {
    return join(this.#folder, "ca.pem");
  }

  /** Issues a certificate for `commonName`, which names its files too. */
  async issue(commonName: string, { names, from, to }: CertificateOptions): Promise<Certificate> {
    const [key, request, extension, certificate, both] = ["key", "csr", "ext", "pem", "both.pem"]
      .map((suffix) => `${commonName}.${suffix}`);
    await Deno.writeTextFile(join(this.#folder, extension), `subjectAltName=${names}\n`);
    await this.#openssl("req", "-newkey", ...EC_KEY, "-subj", `/CN=${commonName}`, ...[
      "-keyout",
      key,
      "-out",
      request,
    ]);
    const dates = [
      ...from === undefined ? [] : ["-startdate", from],
      ...to === undefined ? [] : ["-enddate", to],
    ];
    await this.#openssl("ca", "-batch", "-notext", "-config", "ca.cnf", ...dates, ...[
      "-in",
      request,
      "-extfile",
      extension,
      "-out",
      certificate,
    ]);
    const [keyText, certificateText] = await Promise.all(
      [key, certificate].map((name) => Deno.readTextFile(join(this.#folder, name))),
    );
    await Deno.writeTextFile(join(this.#folder, both), keyText + certificateText);
    return {
      certificateFile: join(this.#folder, certificate),
      keyFile: join(this.#folder, key),
      bothFile: join(this.#folder, both),
    };
  }

  /** The key under a passphrase. */
  async encryptKey({ keyFile }: Certificate): Promise<string> {
    const encrypted = `${keyFile}.encrypted`;
    await this.#openssl("pkcs8", "-topk8", "-in", keyFile, "-passout", "pass:secret", "-out", encrypted);
    return encrypted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #openssl(...args: string[]): Promise<void> {
    const { success, stderr } = await new Deno.Command("openssl", { args, cwd: this.#folder }).output();
    if (success) return;
    throw new Error(`${this.#name}: openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
  }
}

const EC_KEY = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
