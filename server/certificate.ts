import type { Flags } from "../cli/flags.ts";

/** A certificate and its private key, as PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/** The certificate can't be used; the message is one line that names the flag and what it takes. */
export class CertificateError extends Error {
  override name = "CertificateError";
}

/**
 * Reads the certificate that the flags name; undefined when they name none.
 *
 * @throws {CertificateError} when only one of both flags is given, or the files can't be used.
 */
export function readCertificate(
  flags: Pick<Flags, "tls-cert" | "tls-key">,
): Certificate | undefined {
  const { "tls-cert": certFile, "tls-key": keyFile } = flags;
  if (certFile === "" && keyFile === "") return undefined;
  if (certFile === "" || keyFile === "") {
    throw new CertificateError(
      `Cannot start: --tls-cert and --tls-key take a file each, received only ${
        keyFile === "" ? "--tls-cert" : "--tls-key"
      }`,
    );
  }
  const certificate = { cert: readPem("--tls-cert", certFile), key: readPem("--tls-key", keyFile) };
  try {
    // Whether both are good and belong together shows in using them.
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...certificate }).close();
  } catch (error) {
    throw new CertificateError(
      "Cannot start: --tls-cert and --tls-key take a certificate and its key as PEM: " +
        messageOf(error),
    );
  }
  return certificate;
}

function readPem(flag: string, file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    throw new CertificateError(
      `Cannot start: ${flag} takes a file that can be read: ${messageOf(error)}`,
    );
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll("\n", " ");
}
