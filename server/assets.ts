import { acceptsEncoding, listsTag } from "./headers.ts";
import { eTag, STATUS_CODE } from "../lib/std.ts";

/** A file of the page, as it is sent. */
interface Asset {
  type: string;
  /** Whether its name changes with its content, so that browsers may keep it permanently. */
  hashed: boolean;
  encodings: Map<Encoding, Content>;
}

/** A file in one encoding. */
interface Content {
  body: Uint8Array<ArrayBuffer>;
  /** The entity tag, computed on the first request so that a start does not wait for all of them. */
  tag?: string;
}

/** Media types by file ending. A complete list takes as long to load as the rest of this program. */
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
    const names = new Set(filesBelow(directory));
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

  /** The manifest of the page, as JSON; undefined if it has none. */
  get manifest(): string | undefined {
    const found = this.#assets.entries().find(([path]) => path.endsWith(".webmanifest"));
    const content = found?.[1].encodings.get("identity");
    return content && new TextDecoder().decode(content.body);
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
    if (listsTag(request.headers.get("if-none-match"), tag)) {
      return new Response(null, { status: STATUS_CODE.NotModified, headers });
    }
    headers.set("content-length", String(content.body.length));
    if (encoding !== "identity") headers.set("content-encoding", encoding);
    return new Response(request.method === "HEAD" ? null : streamOf(content.body), { headers });
  }
}

/**
 * A body that the runtime sends without a copy. It copies bytes that it receives as they are, once for each
 * response: 200 responses on one HTTP/2 connection that nobody reads would take 44 MB.
 */
function streamOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}

/** The paths of the files in a folder and in those below it, relative to it. */
function filesBelow(directory: URL, path = ""): string[] {
  return [...Deno.readDirSync(new URL(path, directory))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(directory, `${path}${name}/`) : [path + name]
  );
}

/** The encoding with the smallest body that the client accepts. */
function preferredEncoding({ headers }: Request, asset: Asset): Encoding {
  const accepted = headers.get("accept-encoding");
  const smallest = (["br", "gzip"] as const).find((encoding) =>
    asset.encodings.has(encoding) && acceptsEncoding(accepted, encoding)
  );
  return smallest ?? "identity";
}
