/**
 * The addresses that a server may read for others: those of the public internet, and none of its own.
 *
 * @module
 */
import ipaddr from "ipaddr.js";

/** The first group of 16 bits of the addresses that are assigned to the public internet: 2000::/3. */
const GLOBAL_IPV6 = { first: 0x2000, last: 0x3fff };

/**
 * Returns whether an IP address is one of the public internet. Private, loopback, link-local, shared (CGNAT), multicast,
 * documentation, benchmark and reserved addresses are not, nor are those of IPv6 that stand for one of IPv4 (mapped,
 * NAT64, 6to4, Teredo), nor what is no address.
 */
export function isPublicAddress(text: string): boolean {
  // With a zone it is an address of this machine's networks.
  if (text.includes("%") || !ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== "unicast") return false;
  if (!(address instanceof ipaddr.IPv6)) return ipaddr.IPv4.isValidFourPartDecimal(text);
  const [group = 0] = address.parts;
  return group >= GLOBAL_IPV6.first && group <= GLOBAL_IPV6.last;
}

/** Returns whether an address is one of this machine's own, public ones too. */
export function isOwnAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const wanted = ipaddr.parse(text).toNormalizedString();
  return Deno.networkInterfaces().some(({ address }) => {
    const [own = ""] = address.split("%");
    return ipaddr.isValid(own) && ipaddr.parse(own).toNormalizedString() === wanted;
  });
}

/** Returns whether a server may read an address because somebody has written it into a message. */
export function mayRead(address: string): boolean {
  return isPublicAddress(address) && !isOwnAddress(address);
}

/** Returns the IP address that a host of a URL is, without brackets; undefined for a name. */
export function addressIn(host: string): string | undefined {
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  return ipaddr.isValid(bare) ? bare : undefined;
}
