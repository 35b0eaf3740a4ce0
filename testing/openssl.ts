/**
 * Certificates for tests, made by a real tool.
 *
 * @module
 */
import type { Folder } from "./folder.ts";
import { missing, onPath } from "./strict.ts";

const OPENSSL = onPath("openssl");

/** Whether tests must do without certificates; what belongs into their `ignore`. */
export const noOpenssl: boolean = missing("OpenSSL", {
  found: OPENSSL !== undefined,
  get: "apt-get install openssl",
});

/** Makes a certificate for localhost and its key in a folder, as `cert.pem` and `key.pem`. */
export async function makeCertificate(
  { path }: Folder,
): Promise<{ cert: string; key: string; pem: string }> {
  const [cert, key] = [`${path}/cert.pem`, `${path}/key.pem`];
  const { success, stderr } = await new Deno.Command(OPENSSL ?? "openssl", {
    args: [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" "),
      ...["-subj", "/CN=localhost", "-keyout", key, "-out", cert],
      ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return { cert, key, pem: await Deno.readTextFile(cert) };
}
