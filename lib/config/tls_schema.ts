// The key `tls` of a Kafka source.

import { isIP } from "node:net";
import { z } from "zod";
import { caFile, clientCertFile, keyFile } from "./certificate_keys.ts";
import { bothOrNeither, textThat, together, yesOrNo } from "./key.ts";

const UNUSED = "has no effect while tls.enabled is false, wanted enabled: true, or no such key";

export const tls = together(
  z.strictObject({
    enabled: yesOrNo().prefault(false).describe("Connect to the brokers over TLS."),
    ca_file: caFile("the brokers' certificates"),
    cert_file: clientCertFile(),
    key_file: keyFile(),
    server_name: textThat(
      "a host name or an IP address",
      (text) => isIP(text) !== 0 || /^[^\s:/[\]]+$/.test(text),
    )
      .optional().describe(
        "The name that every broker's certificate must contain. Empty: the broker's host.",
      ),
    verify: yesOrNo().prefault(true).describe(
      "Verify the brokers' certificates. With false any server passes for a broker: for trials only.",
    ),
  }),
  (tls, { present, report }) => {
    if (tls.enabled === false) {
      for (const key of ["ca_file", "cert_file", "key_file", "server_name"].filter(present)) {
        report([key], UNUSED);
      }
      if (tls.verify === false) {
        report(["verify"], UNUSED);
      }
      return;
    }
    bothOrNeither(["cert_file", "key_file"], { present, report });
  },
);
