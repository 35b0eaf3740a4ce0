import { addressIn, mayRead } from "./addresses.ts";
import { type CheckedRequest, get, type PageAnswer } from "./connect.ts";
import { FetchError } from "./fetch_error.ts";
import { type PageDescription, PageReader } from "./page_reader.ts";

/** The time for a page with all of its redirects, in ms. */
const FETCH_MS = 10_000;

/** The bytes of bodies that are read for a page. */
const FETCH_BYTES = 1024 * 1024;

/** The redirects that are followed. */
const REDIRECTS = 3;

/** The statuses of a redirect. */
const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];

/** The ports that are connected to, by protocol. */
const PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** The surroundings of a {@linkcode PageFetcher}, which tests replace. */
export interface FetcherOptions {
  /** The program's version, which it says who it is with. */
  readonly version: string;
  /** Resolves a name to its addresses. */
  readonly resolve?: (name: string, signal: AbortSignal) => Promise<readonly string[]>;
  /** Returns whether an IP address may be connected to. */
  readonly mayRead?: (address: string) => boolean;
  /** Sends a request to an address that may be. */
  readonly get?: (request: CheckedRequest) => Promise<PageAnswer>;
  /** The time for a page, in ms. */
  readonly ms?: number;
}

/**
 * Reads pages of the public web at addresses that people have written. Each address, and each that it redirects to, is
 * resolved once, checked, and then connected to as it was checked.
 */
export class PageFetcher {
  readonly #options: Required<FetcherOptions>;

  constructor(options: FetcherOptions) {
    this.#options = { resolve: resolveName, mayRead, get, ms: FETCH_MS, ...options };
  }

  /**
   * Reads what a page says of itself; undefined if it says nothing.
   *
   * @throws {FetchError} if it can't be read
   */
  async read(text: string): Promise<PageDescription | undefined> {
    const signal = AbortSignal.timeout(this.#options.ms);
    try {
      return await this.#follow(text, signal);
    } catch (error) {
      if (error instanceof FetchError) throw error;
      throw new FetchError("failed", signal.aborted ? "it took too long" : String(error));
    }
  }

  async #follow(text: string, signal: AbortSignal): Promise<PageDescription | undefined> {
    let url = parse(text);
    for (let redirects = 0; redirects <= REDIRECTS; redirects++) {
      using answer = await this.#ask(url, signal);
      const { status, headers } = answer;
      const location = headers.get("location");
      if (REDIRECT_STATUSES.includes(status) && location !== null) {
        url = parse(location, url);
        continue;
      }
      const contentType = headers.get("content-type") ?? "";
      if (status !== 200 || !isPage(headers)) {
        throw new FetchError("failed", `no page, received ${status} ${contentType.slice(0, 80)}`);
      }
      return await readPage(answer);
    }
    throw new FetchError("failed", `more than ${REDIRECTS} redirects`);
  }

  async #ask(url: URL, signal: AbortSignal): Promise<PageAnswer> {
    const address = await this.#check(url, signal);
    return await this.#options.get({
      ...{ url, address, signal },
      headers: {
        "accept": "text/html,application/xhtml+xml",
        "accept-encoding": "identity",
        "connection": "close",
        "user-agent": `Hubbub/${this.#options.version} (link preview)`,
      },
    });
  }

  /** Returns the address to connect to. All of a name's must be public, so that none is chosen by chance. */
  async #check({ hostname }: URL, signal: AbortSignal): Promise<string> {
    const literal = addressIn(hostname);
    const addresses = literal === undefined
      ? await this.#options.resolve(hostname, signal)
      : [literal];
    const [first] = addresses;
    if (first === undefined) throw new FetchError("failed", "its name has no address");
    if (!addresses.every((address) => this.#options.mayRead(address))) {
      throw new FetchError("forbidden", "it is not on the public internet");
    }
    return first;
  }
}

function parse(text: string, base?: URL): URL {
  const url = URL.parse(text, base);
  if (url === null) throw new FetchError("failed", "it is no address");
  const { protocol, port, username, password } = url;
  // The port of the protocol itself is left out.
  if (!(protocol in PORTS) || (port !== "" && !Object.values(PORTS).includes(Number(port)))) {
    throw new FetchError("forbidden", "only http and https on their ports are read");
  }
  if (username !== "" || password !== "") throw new FetchError("forbidden", "it has a password");
  return url;
}

/** Returns whether an answer is a page that can be read as it is: nothing is decompressed, which could be without end. */
function isPage(headers: Headers): boolean {
  const encoding = headers.get("content-encoding") ?? "";
  if (!["", "identity"].includes(encoding.toLowerCase())) return false;
  const [type = ""] = (headers.get("content-type") ?? "").split(";", 1);
  return ["text/html", "application/xhtml+xml"].includes(type.trim().toLowerCase());
}

async function readPage({ body, headers }: PageAnswer): Promise<PageDescription | undefined> {
  const reader = new PageReader(headers.get("content-type") ?? "");
  let left = FETCH_BYTES;
  for await (const chunk of body) {
    const bytes = chunk.subarray(0, left);
    reader.write(bytes);
    left -= bytes.length;
    // What is behind that is not missed: a page says first what it is.
    if (left === 0 || reader.isDone) break;
  }
  return reader.end();
}

/** Resolves a name by DNS, addresses of IPv4 first. */
async function resolveName(name: string, signal: AbortSignal): Promise<string[]> {
  const ask = (type: "A" | "AAAA") =>
    Deno.resolveDns(name, type, { signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    });
  const [a, aaaa] = await Promise.all([ask("A"), ask("AAAA")]);
  return [...a, ...aaaa];
}
