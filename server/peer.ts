import { isIP } from "node:net";

/** Where a request came from. */
export interface Peer {
  /** The IP address of the client. */
  readonly address: string;
  /** Whether the client's own connection is encrypted. */
  readonly secure: boolean;
}

/** How a server knows a request's {@linkcode Peer}. */
export interface PeerOptions {
  /** The address at the other end of the connection. */
  connection: string;
  /** Whether the connection is encrypted. */
  tls: boolean;
  /** Whether that other end is a proxy whose `X-Forwarded-*` headers are true. */
  trustProxy: boolean;
}

/**
 * Where a request came from. Of what `X-Forwarded-For` and `X-Forwarded-Proto` list only the last
 * entry is the trusted proxy's own; the client may have made up those before it.
 */
export function readPeer(
  { headers }: Request,
  { connection, tls, trustProxy }: PeerOptions,
): Peer {
  const own = plainAddress(connection) ?? connection;
  if (!trustProxy) return { address: own, secure: tls };
  const proto = lastEntry(headers.get("x-forwarded-proto"));
  return {
    address: plainAddress(lastEntry(headers.get("x-forwarded-for"))) ?? own,
    secure: proto === "" ? tls : /^(https|wss)$/i.test(proto),
  };
}

/** Whether an IP address is this machine's own. */
export function isLoopback(address: string): boolean {
  return /^127\.|^::1$/.test(address);
}

/**
 * What is counted as one address: an IPv4 address, or the first half of an IPv6 address, because
 * every customer has all that follow it.
 */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = [], tail = []] = address.split("::").map((part) => part ? part.split(":") : []);
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  return [...head, ...zeros, ...tail].slice(0, 4).join(":") + "::/64";
}

function lastEntry(list: string | null): string {
  return list?.split(",").at(-1)?.trim() ?? "";
}

/** An IP address without brackets, port, zone, or the wrapping of IPv4 in IPv6. */
function plainAddress(text: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ??
    /^(\d+(?:\.\d+){3}):\d+$/.exec(text)?.[1] ?? text;
  const address = bare.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "").toLowerCase();
  return isIP(address) === 0 ? undefined : address;
}
