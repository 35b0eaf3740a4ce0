import { acceptsEncodings, contentType, eTag, ifNoneMatch, STATUS_CODE } from "./std.ts";

/** One file of the page, as it is sent. */
interface Asset {
  type: string;
  /** Whether its name changes with its content, so that it may be kept for ever. */
  hashed: boolean;
  /** The content by encoding, each with its own tag. */
  encodings: Map<Encoding, { body: Uint8Array<ArrayBuffer>; tag: string }>;
}

const ENDINGS = { br: ".br", gzip: ".gz", identity: "" } as const;
type Encoding = keyof typeof ENDINGS;

const A_YEAR = 365 * 24 * 60 * 60;

/** The page's files, held in memory. */
export class Assets {
  readonly #assets: ReadonlyMap<string, Asset>;

  private constructor(assets: ReadonlyMap<string, Asset>) {
    this.#assets = assets;
  }

  /**
   * Reads the files that the build made; `/` is `index.html`. A file `x.br` or `x.gz` beside `x`
   * is its compressed form.
   *
   * @throws {Deno.errors.NotFound} when the page was not built.
   */
  static async load(directory: URL): Promise<Assets> {
    const names = new Set<string>();
    for await (const entry of Deno.readDir(directory)) if (entry.isFile) names.add(entry.name);
    const assets = new Map<string, Asset>();
    for (const name of names) {
      if (/\.(br|gz)$/.test(name)) continue;
      const asset: Asset = {
        type: contentType(name.slice(name.lastIndexOf("."))) ?? "application/octet-stream",
        hashed: /-[0-9a-f]{8,}\.\w+$/.test(name),
        encodings: new Map(),
      };
      for (const encoding of ["br", "gzip", "identity"] as const) {
        const file = name + ENDINGS[encoding];
        if (!names.has(file)) continue;
        const body = await Deno.readFile(new URL(file, directory));
        asset.encodings.set(encoding, { body, tag: await eTag(body) });
      }
      assets.set(name === "index.html" ? "/" : `/${name}`, asset);
    }
    return new Assets(assets);
  }

  /** Whether there is a file at `path`, which begins with a slash. */
  has(path: string): boolean {
    return this.#assets.has(path);
  }

  /** Answers a GET or HEAD; 404 for a path that {@linkcode has} does not know. */
  respond(path: string, request: Request): Response {
    const asset = this.#assets.get(path);
    if (asset === undefined) return new Response(null, { status: STATUS_CODE.NotFound });
    const encoding = preferredEncoding(request, asset);
    const content = asset.encodings.get(encoding);
    if (content === undefined) return new Response(null, { status: STATUS_CODE.NotFound });
    const headers = new Headers({
      "content-type": asset.type,
      "cache-control": asset.hashed ? `public, max-age=${A_YEAR}, immutable` : "no-cache",
      "etag": content.tag,
      "vary": "accept-encoding",
    });
    if (!ifNoneMatch(request.headers.get("if-none-match"), content.tag)) {
      return new Response(null, { status: STATUS_CODE.NotModified, headers });
    }
    headers.set("content-length", String(content.body.length));
    if (encoding !== "identity") headers.set("content-encoding", encoding);
    return new Response(request.method === "HEAD" ? null : content.body, { headers });
  }
}

/** The smallest form that the client takes; without the header no compression, as curl expects. */
function preferredEncoding(request: Request, asset: Asset): Encoding {
  if (!request.headers.has("accept-encoding")) return "identity";
  const smallest = (["br", "gzip"] as const).find((encoding) =>
    asset.encodings.has(encoding) && acceptsEncodings(request, encoding, "identity") === encoding
  );
  return smallest ?? "identity";
}
