/** Facts that the greeting shows. */
export interface GreetingOptions {
  readonly version: string;
  readonly scheme: "http" | "https";
  /** The address or host name that the server listens on. */
  readonly host: string;
  readonly port: number;
  /** The token of the link by which the first admin is appointed. */
  readonly claim?: string | undefined;
  /** The address at which people reach the chat, without a slash at its end; by default that of this machine. */
  readonly origin?: string | undefined;
  /** The addresses of this machine; by default those of its network interfaces. */
  readonly interfaces?: readonly Pick<Deno.NetworkInterfaceInfo, "family" | "address">[];
}

/**
 * The lines on stdout that say where a started server listens: first an address for this machine, then the
 * addresses that other people can use, and then the link for the first admin. Only addresses that answer are named.
 */
export function greeting(
  { version, scheme, host, port, claim, origin, interfaces }: GreetingOptions,
): string {
  const others = isAny(host) ? publicAddresses(host, interfaces ?? Deno.networkInterfaces()) : [];
  const place = { scheme, host, port };
  return [
    `Hubbub ${version} listening on ${ownAddress(place)}`,
    ...others.map((address) => `  ${addressOf(address, place)}`),
    ...(claim === undefined ? [] : claimLines({ ...place, origin }, claim)),
    "",
  ].join("\n");
}

/** The lines on stdout with the link for the first admin, when that could not be stored before. */
export function lateClaim(options: Place & Pick<GreetingOptions, "origin">, claim: string): string {
  return [...claimLines(options, claim), ""].join("\n");
}

/** The place where the server listens. */
type Place = Pick<GreetingOptions, "scheme" | "host" | "port">;

function claimLines(
  { origin, ...place }: Place & Pick<GreetingOptions, "origin">,
  claim: string,
): string[] {
  const base = origin === undefined ? ownAddress(place) : `${origin}/`;
  return [
    "Nobody is in charge yet. The first person who opens this link becomes the admin:",
    `  ${base}#/claim/${claim}`,
  ];
}

/** The address for this machine. */
function ownAddress(place: Place): string {
  const { host } = place;
  return addressOf(isAny(host) || host === "127.0.0.1" ? "localhost" : host, place);
}

function addressOf(name: string, { scheme, port }: Place): string {
  return `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}/`;
}

/** Whether a host stands for all addresses of this machine. */
function isAny(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** The addresses at which a server that listens on all addresses can be reached from other machines. */
function publicAddresses(
  host: string,
  interfaces: NonNullable<GreetingOptions["interfaces"]>,
): string[] {
  return interfaces
    .filter(({ family, address }) => family === "IPv4" || (host === "::" && !/^fe80/.test(address)))
    .map(({ address }) => address)
    .filter((address) => !address.startsWith("127.") && address !== "::1");
}
