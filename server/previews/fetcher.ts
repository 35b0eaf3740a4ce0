import { addressIn, mayRead } from "./addresses.ts";
import { type CheckedRequest, get, type PageAnswer } from "./connect.ts";
import { FetchError } from "./fetch_error.ts";
import { type PageDescription, PageReader } from "./page_reader.ts";

/** The time for a page and its picture, with all of their redirects, in ms. */
const FETCH_MS = 10_000;

/** The bytes of bodies that are read for a page and its picture together. */
const FETCH_BYTES = 1024 * 1024;

/** The redirects that are followed. */
const REDIRECTS = 3;

/** The statuses of a redirect. */
const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];

/** The ports that are connected to, by protocol. */
const PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** The `Accept` header for pages. */
const PAGES = "text/html,application/xhtml+xml";
const PICTURES = "image/avif,image/webp,image/png,image/jpeg,image/gif";

/** A page that was read. */
export type ReadPage = Omit<PageDescription, "image"> & {
  /** The bytes of its picture, which begin as those of one. */
  readonly picture?: Uint8Array<ArrayBuffer>;
};

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
   * Reads what a page says of itself, and its picture; undefined if it says nothing.
   *
   * @param hasPicture whether its picture is wanted
   * @throws {FetchError} if it can't be read
   */
  async read(text: string, hasPicture = false): Promise<ReadPage | undefined> {
    const signal = AbortSignal.timeout(this.#options.ms);
    try {
      using answer = await this.#follow(parse(text), PAGES, signal);
      const { status, headers } = answer;
      if (status !== 200 || !isPage(headers)) {
        const contentType = headers.get("content-type") ?? "";
        throw new FetchError("failed", `no page, received ${status} ${contentType.slice(0, 80)}`);
      }
      const { page, left } = await readPage(answer);
      if (page === undefined) return undefined;
      // One connection at a time.
      answer[Symbol.dispose]();
      const { image, ...rest } = page;
      const picture = hasPicture && image !== undefined
        ? await this.#picture(image, { base: answer.url, left, signal })
        : undefined;
      return { ...rest, ...(picture !== undefined && { picture }) };
    } catch (error) {
      if (error instanceof FetchError) throw error;
      throw new FetchError("failed", signal.aborted ? "it took too long" : String(error));
    }
  }

  /** Reads a picture of at most `left` bytes; whatever fails, there is none. */
  async #picture(
    address: string,
    { base, left, signal }: {
      readonly base: URL;
      readonly left: number;
      readonly signal: AbortSignal;
    },
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      using answer = await this.#follow(parse(address, base), PICTURES, signal);
      const { status, headers } = answer;
      if (status !== 200 || !isPlain(headers)) return undefined;
      if (Number(headers.get("content-length") ?? 0) > left) return undefined;
      const bytes = await readBytes(answer, left);
      return bytes !== undefined && looksLikePicture(bytes) ? bytes : undefined;
    } catch {
      return undefined;
    }
  }

  /** Asks for an address, and for those that it redirects to. */
  async #follow(
    from: URL,
    accept: string,
    signal: AbortSignal,
  ): Promise<PageAnswer & { readonly url: URL }> {
    let url = from;
    for (let redirects = 0; redirects <= REDIRECTS; redirects++) {
      const answer = await this.#ask(url, accept, signal);
      const { status, headers } = answer;
      const location = headers.get("location");
      if (REDIRECT_STATUSES.includes(status) && location !== null) {
        answer[Symbol.dispose]();
        url = parse(location, url);
        continue;
      }
      return { ...answer, url };
    }
    throw new FetchError("failed", `more than ${REDIRECTS} redirects`);
  }

  async #ask(url: URL, accept: string, signal: AbortSignal): Promise<PageAnswer> {
    const address = await this.#check(url, signal);
    return await this.#options.get({
      ...{ url, address, signal },
      headers: {
        accept,
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
  if (!isPlain(headers)) return false;
  const [type = ""] = (headers.get("content-type") ?? "").split(";", 1);
  return ["text/html", "application/xhtml+xml"].includes(type.trim().toLowerCase());
}

/** Returns whether an answer is not compressed. */
function isPlain(headers: Headers): boolean {
  return ["", "identity"].includes((headers.get("content-encoding") ?? "").toLowerCase());
}

/** Reads the head of a page; `left` are the bytes that may be read besides. */
async function readPage(
  { body, headers }: PageAnswer,
): Promise<{ readonly page: PageDescription | undefined; readonly left: number }> {
  const reader = new PageReader(headers.get("content-type") ?? "");
  let left = FETCH_BYTES;
  for await (const chunk of body) {
    const bytes = chunk.subarray(0, left);
    reader.write(bytes);
    left -= bytes.length;
    // The rest of the page is not needed: its head comes first.
    if (left === 0 || reader.isDone) break;
  }
  return { page: reader.end(), left };
}

/** Reads a whole body; undefined if it has no bytes, or more than `most`. */
async function readBytes(
  { body }: PageAnswer,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  // Not piece by piece: they may be of one byte each.
  const bytes = new Uint8Array(most);
  let size = 0;
  for await (const piece of body) {
    if (size + piece.length > most) return undefined;
    bytes.set(piece, size);
    size += piece.length;
  }
  return size === 0 ? undefined : bytes.slice(0, size);
}

/** Returns whether bytes begin as those of a JPEG, PNG, GIF, WebP or AVIF. Others are not stored to be looked at. */
function looksLikePicture(bytes: Uint8Array): boolean {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  return /^(?:\xff\xd8\xff|\x89PNG\r\n|GIF8|RIFF.{4}WEBP|.{4}ftyp)/s.test(head);
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
