/**
 * A small client of tus for tests, which does what it is asked and nothing else.
 *
 * @module
 */

/** The media type of the body of an upload. */
const BODY_TYPE = "application/offset+octet-stream";

/** Text or bytes of a file. */
type Body = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | string;

/** Uploads files as one person. */
export class TusClient {
  readonly #origin: string;
  readonly #headers: Record<string, string>;

  /** @param headers say who it is */
  constructor(port: number, headers: Record<string, string>) {
    this.#origin = `http://127.0.0.1:${port}`;
    this.#headers = { "tus-resumable": "1.0.0", ...headers };
  }

  /** Sends a request; the headers given here win, and an empty one is left out. */
  async request(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: Body,
  ): Promise<Response> {
    const all = Object.entries({ ...this.#headers, ...headers }).filter(([, value]) =>
      value !== ""
    );
    return await fetch(this.#origin + path, {
      method,
      headers: Object.fromEntries(all),
      ...(body !== undefined && { body }),
    });
  }

  /** Returns the head of a request, for a socket of the test's own. */
  head(method: string, path: string, headers: Record<string, string>): Uint8Array<ArrayBuffer> {
    const all = { host: new URL(this.#origin).host, ...this.#headers, ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return new TextEncoder().encode(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  }

  /** Begins an upload; returns the answer. */
  async create(
    length: number | string,
    metadata: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const encoded = Object.entries(metadata).map(([key, value]) =>
      `${key} ${new TextEncoder().encode(value).toBase64()}`
    );
    const answer = await this.request("POST", "/files", {
      "upload-length": String(length),
      "upload-metadata": encoded.join(","),
      ...headers,
    });
    await answer.body?.cancel();
    return answer;
  }

  /** Begins an upload; returns its path. */
  async begin(length: number, metadata: Record<string, string> = {}): Promise<string> {
    const answer = await this.create(length, metadata);
    const path = answer.headers.get("location");
    if (answer.status !== 201 || path === null) throw new Error(`Not begun: ${answer.status}`);
    return path;
  }

  /** Sends bytes of an upload from an offset on; returns the answer. */
  async append(
    path: string,
    offset: number,
    body: Body,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const all = { "content-type": BODY_TYPE, "upload-offset": String(offset), ...headers };
    return await this.request("PATCH", path, all, body);
  }

  /** Asks how much of an upload has arrived. */
  async offset(path: string): Promise<number> {
    const answer = await this.request("HEAD", path);
    if (answer.status !== 200) throw new Error(`No offset: ${answer.status}`);
    return Number(answer.headers.get("upload-offset"));
  }

  /** Uploads a file; returns its id. */
  async upload(
    body: Uint8Array<ArrayBuffer>,
    name: string,
    metadata: Record<string, string> = {},
  ): Promise<string> {
    const path = await this.begin(body.length, { filename: name, ...metadata });
    if (body.length > 0) {
      const answer = await this.append(path, 0, body);
      const text = await answer.text();
      if (answer.status !== 204) throw new Error(`Not uploaded: ${answer.status} ${text}`);
    }
    return path.slice("/files/".length);
  }

  /** Downloads a file. */
  async get(id: string, headers: Record<string, string> = {}, name = "x"): Promise<Response> {
    return await this.request("GET", `/files/${id}/${name}`, { "tus-resumable": "", ...headers });
  }
}
