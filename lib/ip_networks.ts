/**
 * The networks of IP addresses, to which limits apply.
 *
 * @module
 */

/** Whether an IP address is this machine's own. */
export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/**
 * The network that limits apply to: an IPv4 address, or the first half of an IPv6 address, because a
 * customer of a provider has all addresses of that half.
 */
export function networkOf(address: string): string {
  return isIPv6(address) ? `${prefixOf(address, 4)}::/64` : address;
}

/**
 * The site of an IPv6 address or of its network: its /48. A provider may give all 65,536 networks of it to one
 * customer, or to as many customers. Undefined for IPv4.
 */
export function siteOf(address: string): string | undefined {
  return isIPv6(address) ? `${prefixOf(address, 3)}::/48` : undefined;
}

/** The keys that were asked for lately, so that the same ones cost little, and the most of them. */
const KEYS = new Map<string, string>();
const KEYS_LIMIT = 16_384;

/** What limits that count an IPv6 /48 as one are kept by: the site of a network, or an IPv4 address. */
export function siteKey(network: string): string {
  let key = KEYS.get(network);
  if (key === undefined) {
    key = siteOf(network) ?? network;
    if (KEYS.size === KEYS_LIMIT) KEYS.clear();
    KEYS.set(network, key);
  }
  return key;
}

function isIPv6(address: string): boolean {
  return address.includes(":");
}

/** The first groups of 16 bits of an IPv6 address, without leading zeros. */
function prefixOf(address: string, groups: number): string {
  const [head = [], tail = []] = address.split("::").map((part) => part ? part.split(":") : []);
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  return [...head, ...zeros, ...tail].slice(0, groups)
    .map((group) => group.replace(/^0{1,3}(?=.)/, "")).join(":");
}
