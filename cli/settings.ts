/**
 * Turns flags into the plain options that the server takes.
 *
 * @module
 */
import type { BackendOptions } from "../server/backend.ts";
import type { CertificateFiles } from "../server/certificate.ts";
import type { ServerSettings } from "../server/settings.ts";
import { oneLine } from "../lib/errors.ts";
import { readTextFile } from "../lib/text_file.ts";
import { usageError } from "../lib/user_error.ts";
import type { Flags } from "./flags.ts";
import { readNats } from "./nats_flags.ts";

/** The settings of a server that the flags name. */
export function serverSettings(flags: Flags): ServerSettings {
  return {
    host: flags.host,
    port: flags.port,
    origins: flags.origin,
    trustProxy: flags["trust-proxy"],
    idleTimeout: flags["idle-timeout"],
    maxClients: flags["max-clients"],
    maxClientsPerAddress: flags["max-clients-per-ip"],
    maxRooms: flags["max-rooms"],
    maxRoomsPerClient: flags["max-rooms-per-client"],
    client: {
      maxMessage: flags["max-message"],
      maxFile: flags["max-file"],
      rate: flags.rate,
      sendBuffer: flags["send-buffer"],
      writeWait: flags["write-wait"],
    },
  };
}

/**
 * The data that the flags name. Reads the files with the server's password and the credentials for NATS.
 *
 * @throws {UserError} when one of these files can't be used.
 */
export function backendOptions(flags: Flags): BackendOptions {
  const nats = readNats(flags);
  const password = readPassword(flags);
  return {
    data: nats === undefined ? { path: flags.data, sync: flags.sync } : {
      nats: {
        ...nats,
        copy: flags.data,
        snapshotEvery: flags["nats-snapshot-every"],
        fileCache: flags["nats-file-cache"],
      },
    },
    ...(flags["keep-days"] !== undefined && { keepDays: flags["keep-days"] }),
    ...(password === "" ? {} : { password }),
    maxFiles: flags["max-files"],
    maxFile: flags["max-file"],
  };
}

/**
 * The files of the certificate that the flags name; undefined when they name none.
 *
 * @throws {UserError} when only one of both flags is given.
 */
export function certificateFiles(flags: Flags): CertificateFiles | undefined {
  const { "tls-cert": cert, "tls-key": key } = flags;
  if (cert === "" && key === "") return undefined;
  if (cert === "" || key === "") {
    const received = key === "" ? "--tls-cert" : "--tls-key";
    throw usageError(
      `Cannot start: --tls-cert and --tls-key must be given together, received only ${received}`,
    );
  }
  return { cert, key };
}

/**
 * The longest password, in bytes: the body of a login, and a header, may have eight times as many, and a form up to three for
 * each.
 */
const PASSWORD_BYTES = 1024;

function readPassword(flags: Pick<Flags, "password" | "password-file">): string {
  const password = givenPassword(flags);
  const { length } = new TextEncoder().encode(password);
  if (length <= PASSWORD_BYTES) return password;
  throw usageError(
    `Cannot start: the password may have ${PASSWORD_BYTES} bytes, received ${length}; choose a shorter one`,
  );
}

function givenPassword(flags: Pick<Flags, "password" | "password-file">): string {
  const file = flags["password-file"];
  if (file === "") return flags.password;
  if (flags.password !== "") {
    throw usageError("Cannot start: give --password or --password-file, not both");
  }
  const [password = "", ...rest] = readLines(file);
  if (rest.length > 0) {
    throw usageError(
      `Cannot start: the --password-file must have one line, received ${rest.length + 1} lines`,
    );
  }
  if (password !== "") return password;
  throw usageError(
    "Cannot start: the --password-file is empty",
  );
}

/** Reads the lines of the file with the password, without the newlines at its end. */
function readLines(file: string): string[] {
  try {
    const lines = readTextFile(file).split(/\r\n|\r|\n/);
    while (lines.at(-1) === "") lines.pop();
    return lines;
  } catch (error) {
    throw usageError(
      `Cannot start: cannot read --password-file: ${oneLine(error)}`,
    );
  }
}
