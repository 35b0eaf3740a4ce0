import { STATUS_CODE } from "../../lib/std.ts";
import { contentDisposition } from "./content_disposition.ts";
import { listsTag, trimSpace } from "../headers.ts";
import { Looks } from "./looks.ts";
import { readRange } from "./range.ts";
import { CutAnswer, type Refusal, refuse } from "../responses.ts";
import type { Content } from "../../state/contents.ts";
import type { StoredFile } from "../../state/file_records.ts";

/** The time after which a download that nobody reads from is ended, in ms. The rest can be asked for again. */
const UNREAD_MS = 120_000;

/** The answer for a file that does not exist, as far as the person may know. */
export const NO_FILE: Refusal = {
  status: STATUS_CODE.NotFound,
  message: "There is no such file, or you may not read it",
  // It may be there soon.
  headers: { "cache-control": "no-store" },
};

/** The types, apart from pictures, that a browser may show in place: they can't run anything there. */
const SHOWN: ReadonlySet<string> = new Set([
  "audio/mpeg",
  "audio/ogg",
  "text/plain",
  "video/mp4",
  "video/ogg",
  "video/webm",
]);

/** The types of pictures that a browser may show in place, if their size is known and not too large. */
const PICTURES: ReadonlySet<string> = new Set([
  "image/avif",
  "image/gif",
  "image/jpeg",
  "image/png",
  "image/webp",
]);

/** Whether a browser shows a file; else it is saved. */
export function isShown({ type, width }: Pick<StoredFile, "type" | "width">): boolean {
  return SHOWN.has(type) || (PICTURES.has(type) && width !== undefined);
}

/** Options of {@linkcode serveFile}. */
export interface ServeOptions {
  readonly file: StoredFile;
  /** Undefined if its bytes are not there. */
  readonly content: Content;
  readonly request: Request;
  /** Returns whether the one who asks may still read it: if not, what is being sent ends. */
  mayRead(): boolean;
  /** Called with the bytes of each piece that is sent. */
  onBytes?(bytes: number): void;
  /** The time after which it ends if nobody reads, in ms. */
  readonly unreadMs?: number;
}

/**
 * Answers that what the client has is the file; undefined if it may not be. Its bytes need not be there. Who asks was judged
 * before: also this is given only to those who may read it.
 */
export function answerUnchanged(file: StoredFile, { headers }: Request): Response | undefined {
  if (!listsTag(headers.get("if-none-match"), tagOf(file))) return undefined;
  return new Response(null, { status: STATUS_CODE.NotModified, headers: headersOf(file) });
}

/** Answers with a file, or a part of it. Who asks was judged before. Its bytes are read only if they are sent. */
export function serveFile(options: ServeOptions): Response {
  const { file, content: { size }, request: { headers: asked, method } } = options;
  const headers = new Headers(headersOf(file));
  const unchanged = asked.has("if-range")
    ? trimSpace(asked.get("if-range") ?? "") === tagOf(file)
    : true;
  const range = unchanged ? readRange(asked.get("range"), size) : undefined;
  if (range === "unsatisfiable") {
    return refuse({
      status: STATUS_CODE.RangeNotSatisfiable,
      message: `The file has ${size} bytes; the requested range has none of them`,
      headers: { "content-range": `bytes */${size}`, "accept-ranges": "bytes" },
    });
  }
  const { start, end } = range ?? { start: 0, end: size };
  headers.set("content-length", String(end - start));
  if (range !== undefined) headers.set("content-range", `bytes ${start}-${end - 1}/${size}`);
  const status = range === undefined ? STATUS_CODE.OK : STATUS_CODE.PartialContent;
  const body = method === "HEAD" || start === end ? null : bodyOf(options, start, end);
  return new Response(body, { status, headers });
}

function tagOf({ id }: StoredFile): string {
  return `"${id}"`;
}

function headersOf(file: StoredFile): Record<string, string> {
  return {
    "etag": tagOf(file),
    "content-type": file.type === "text/plain" ? "text/plain; charset=utf-8" : file.type,
    "content-disposition": contentDisposition(isShown(file) ? "inline" : "attachment", file.name),
    // Asked for each time, so that a file can be seen no longer than it may. A compressed response has no ranges.
    "cache-control": "private, no-cache, no-transform",
    "accept-ranges": "bytes",
    // A file of any type runs nothing, loads nothing, sends nothing and is shown in no frame.
    "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
  };
}

/** Who asked may not read the file any more. */
class UnreadableError extends CutAnswer {
  constructor() {
    super("its reader may not read it any more");
  }
}

function bodyOf(
  { content, mayRead, onBytes, unreadMs = UNREAD_MS }: ServeOptions,
  start: number,
  end: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = content.read(start, end).getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const looks = new Looks();
  const wait = (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
    timer = setTimeout(() => {
      reader.cancel().catch(() => {});
      controller.error(new CutAnswer("nobody reads"));
    }, unreadMs);
  };
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: wait,
    async pull(controller) {
      clearTimeout(timer);
      try {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        // After the wait for the reader, and for the disk.
        if (looks.areDue(value.length) && !mayRead()) throw new UnreadableError();
        onBytes?.(value.length);
        controller.enqueue(value);
        wait(controller);
      } catch (error) {
        reader.cancel().catch(() => {});
        // Of a file that was deleted meanwhile the bytes go, too.
        controller.error(mayRead() ? error : new UnreadableError());
      }
    },
    cancel() {
      clearTimeout(timer);
      return reader.cancel();
    },
  }, { highWaterMark: 0 });
}
