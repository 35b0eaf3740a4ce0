/**
 * One request over HTTP to an address that was checked before.
 *
 * @module
 */
import { type HttpAnswer, readAnswer } from "./http_answer.ts";

/** A request to a checked address. */
export interface CheckedRequest {
  readonly url: URL;
  /** The IP address that is connected to, whatever the name in the URL is now an address of. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the request and the reading of its answer. */
  readonly signal: AbortSignal;
  /** The port to connect to; by default that of the URL. For tests. */
  readonly port?: number;
  /** A certificate to trust besides those of the runtime. For tests. */
  readonly ca?: string;
}

/** An answer whose connection is closed when it is disposed of. */
export type PageAnswer = HttpAnswer & Disposable;

const PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/**
 * Sends a GET, without cookies. Rejects if there is no answer.
 *
 * `fetch` would resolve the name again, perhaps to another address than the one that was checked, and `node:https` needs
 * a permission to read the certificates of the runtime.
 */
export async function get(request: CheckedRequest): Promise<PageAnswer> {
  const { url, address, signal, ca } = request;
  const port = request.port ?? (url.port === "" ? PORTS[url.protocol] : Number(url.port));
  if (port === undefined) throw new Error("only http and https are read");
  signal.throwIfAborted();
  let connection: Deno.Conn = await connect(address, port, signal);
  const close = () => {
    signal.removeEventListener("abort", close);
    try {
      connection.close();
    } catch {
      // It is closed.
    }
  };
  signal.addEventListener("abort", close);
  try {
    // It is closed if the time is over while TLS begins: then that fails.
    if (url.protocol === "https:") {
      connection = await Deno.startTls(connection as Deno.TcpConn, {
        hostname: url.hostname.replace(/^\[|\]$/g, ""),
        ...(ca !== undefined && { caCerts: [ca] }),
      });
      if (signal.aborted) close();
    }
    await write(connection, printRequest(request));
    return { ...await readAnswer(connection), [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Connects; a connection that comes too late is closed. */
async function connect(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  const connecting = Deno.connect({ hostname, port });
  try {
    return await Promise.race([connecting, late]);
  } catch (error) {
    connecting.then((connection) => connection.close(), () => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function printRequest({ url, headers }: CheckedRequest): Uint8Array {
  // A URL has no spaces or line ends, and the headers are the program's own.
  const lines = Object.entries({ host: url.host, ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return new TextEncoder().encode(
    `GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("")}\r\n`,
  );
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}
