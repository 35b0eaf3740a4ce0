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
  const [first = host, ...others] = isAny(host)
    ? ["localhost", ...publicAddresses(host, interfaces ?? Deno.networkInterfaces())]
    : [host === "127.0.0.1" ? "localhost" : host];
  const url = (name: string) => `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}/`;
  return [
    `Hubbub ${version} listening on ${url(first)}`,
    ...others.map((address) => `  ${url(address)}`),
    ...(claim === undefined
      ? []
      : claimLines(origin === undefined ? url(first) : `${origin}/`, claim)),
    "",
  ].join("\n");
}

function claimLines(base: string, claim: string): string[] {
  return [
    "Nobody is in charge yet. The first person who opens this link becomes the admin:",
    `  ${base}#/claim/${claim}`,
  ];
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
