import { acceptsEncodings, eTag, ifNoneMatch, STATUS_CODE } from "../lib/std.ts";

/** One file of the page, as it is sent. */
interface Asset {
  type: string;
  /** Whether its name changes with its content, so that it may be kept for ever. */
  hashed: boolean;
  encodings: Map<Encoding, Content>;
}

/** What is sent of a file in one encoding. */
interface Content {
  body: Uint8Array<ArrayBuffer>;
  /** Made when it is asked for first: a start need not wait for those of all files. */
  tag?: string;
}

/** By the ending. The whole list of such types takes as long to load as all of this program. */
const TYPES: ReadonlyMap<string, string> = new Map([
  [".css", "text/css; charset=UTF-8"],
  [".html", "text/html; charset=UTF-8"],
  [".js", "text/javascript; charset=UTF-8"],
  [".png", "image/png"],
  [".svg", "image/svg+xml"],
  [".webmanifest", "application/manifest+json; charset=UTF-8"],
]);

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
  static load(directory: URL): Assets {
    const names = new Set<string>();
    for (const { name, isFile } of Deno.readDirSync(directory)) if (isFile) names.add(name);
    const assets = new Map<string, Asset>();
    for (const name of names) {
      if (/\.(br|gz)$/.test(name)) continue;
      const asset: Asset = {
        type: TYPES.get(name.slice(name.lastIndexOf("."))) ?? "application/octet-stream",
        hashed: /-[0-9a-f]{8,}\.\w+$/.test(name),
        encodings: new Map(),
      };
      for (const encoding of ["br", "gzip", "identity"] as const) {
        const file = name + ENDINGS[encoding];
        if (!names.has(file)) continue;
        asset.encodings.set(encoding, { body: Deno.readFileSync(new URL(file, directory)) });
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
  async respond(path: string, request: Request): Promise<Response> {
    const asset = this.#assets.get(path);
    if (asset === undefined) return new Response(null, { status: STATUS_CODE.NotFound });
    const encoding = preferredEncoding(request, asset);
    const content = asset.encodings.get(encoding);
    if (content === undefined) return new Response(null, { status: STATUS_CODE.NotFound });
    const tag = content.tag ??= await eTag(content.body);
    const headers = new Headers({
      "content-type": asset.type,
      "cache-control": asset.hashed ? `public, max-age=${A_YEAR}, immutable` : "no-cache",
      "etag": tag,
      "vary": "accept-encoding",
    });
    if (!ifNoneMatch(request.headers.get("if-none-match"), tag)) {
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
