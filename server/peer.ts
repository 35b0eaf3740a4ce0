import { isIP } from "node:net";
import { isLoopback } from "../lib/ip_networks.ts";
import { lastItem } from "./headers.ts";

/** The client that sent a request. */
export interface Peer {
  /** The client's IP address. */
  readonly address: string;
  /**
   * The scheme of the address that the client used. Undefined when it is unknown: an unencrypted connection
   * may come from a proxy that ends TLS, but is not trusted or does not say so.
   */
  readonly scheme: "https:" | "http:" | undefined;
  /**
   * The address that a proxy on this machine gave for its client, although it is not trusted. Use it only where a
   * made-up one does no harm.
   */
  readonly claimed?: string;
  /** True if the address is that of a trusted proxy which does not say whose request it is. */
  readonly isProxy?: true;
}

/** Facts from which {@linkcode readPeer} finds out the client. */
export interface PeerOptions {
  /** The address at the other end of the connection. */
  connection: string;
  /** Whether the connection is encrypted. */
  tls: boolean;
  /** Whether the other end is a proxy whose `X-Forwarded-*` headers are true. */
  trustProxy: boolean;
}

/** The longest text that is parsed as an address, in characters: an IPv6 address with zone and port. */
const ADDRESS_LENGTH = 100;

/**
 * Finds out the client of a request. A trusted proxy wrote only the last entry of `X-Forwarded-For` and of
 * `X-Forwarded-Proto`; the client may have made up those before it.
 */
export function readPeer(
  { headers }: Request,
  { connection, tls, trustProxy }: PeerOptions,
): Peer {
  const own = plainAddress(connection) ?? connection;
  const scheme = tls ? "https:" : undefined;
  if (!trustProxy && !isLoopback(own)) return { address: own, scheme };
  const last = lastItem(headers.get("x-forwarded-for"));
  const client = last === undefined ? undefined : plainAddress(last);
  if (!trustProxy) {
    return { address: own, scheme, ...(client !== undefined && { claimed: client }) };
  }
  const proto = lastItem(headers.get("x-forwarded-proto"))?.toLowerCase();
  return {
    address: client ?? own,
    ...(client === undefined && { isProxy: true }),
    scheme: proto === undefined
      ? scheme
      : proto === "https" || proto === "wss"
      ? "https:"
      : "http:",
  };
}

/** An IP address in its one shortest spelling: without brackets, port, zone, or the notation of IPv4 in IPv6. */
function plainAddress(text: string): string | undefined {
  if (text.length > ADDRESS_LENGTH) return undefined;
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ??
    /^(\d+(?:\.\d+){3}):\d+$/.exec(text)?.[1] ?? text;
  const address = bare.replace(/%.*$/, "");
  if (isIP(address) !== 6) return isIP(address) === 0 ? undefined : address;
  const short = URL.parse(`http://[${address}]`)?.hostname.slice(1, -1) ?? address;
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? [];
  if (high === undefined || low === undefined) return short;
  return [high, low].map((group) => parseInt(group, 16)).flatMap((n) => [n >> 8, n & 255]).join(
    ".",
  );
}
