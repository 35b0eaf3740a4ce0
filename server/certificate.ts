import { oneLine } from "../lib/errors.ts";
import { readTextFile } from "../lib/text_file.ts";
import { usageError } from "../lib/user_error.ts";

/** A certificate and its private key, as PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/** Paths of the two files of a certificate. */
export interface CertificateFiles {
  /** Path of the certificate, or of a chain that begins with it. */
  readonly cert: string;
  /** Path of its private key. */
  readonly key: string;
}

/**
 * Reads a certificate and checks that it can be used.
 *
 * @throws {UserError} when a file can't be read, is not PEM, or the two do not belong together.
 */
export function readCertificate(files: CertificateFiles): Certificate {
  const certificate = {
    cert: readPem("--tls-cert", files.cert),
    key: readPem("--tls-key", files.key),
  };
  try {
    // Only using them shows that both are valid and belong together.
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...certificate }).close();
  } catch (error) {
    throw usageError(
      "Cannot start: --tls-cert and --tls-key must be a certificate and its key, as PEM: " +
        oneLine(error),
    );
  }
  return certificate;
}

function readPem(flag: string, file: string): string {
  try {
    return readTextFile(file);
  } catch (error) {
    throw usageError(
      `Cannot start: cannot read ${flag}: ${oneLine(error)}`,
    );
  }
}
