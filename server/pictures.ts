import { Buffer } from "node:buffer";
import { STATUS_CODE } from "../lib/std.ts";
import type { Accounts } from "./accounts.ts";
import type { Backend } from "./backend.ts";
import type { Peer } from "./peer.ts";
import { PICTURE_TYPES } from "../state/kinds/picture.ts";
import { refuse } from "./responses.ts";

/** A year, in seconds: another picture has another address. */
const FRESH_SECONDS = 31_536_000;

/** Options of {@linkcode servePicture}. */
export interface PictureOptions {
  readonly accounts: Pick<Accounts, "recognize">;
  readonly backend: Pick<Backend, "pictures" | "permissions">;
  /** The path as it was sent. */
  readonly path: string;
  readonly peer: Peer;
}

/** Answers with the picture of a person, or the chat's icon, for those who may enter. */
export async function servePicture(
  request: Request,
  { accounts, backend, path, peer }: PictureOptions,
): Promise<Response> {
  const known = await accounts.recognize(request, peer);
  if (!("person" in known)) return refuse(known);
  const { person } = known;
  const { pictures, permissions } = backend;
  const picture = permissions.mayEnter(person) ? pictures.find(idOf(path)) : undefined;
  // A file that somebody else has made may have other types in it.
  if (picture === undefined || !PICTURE_TYPES.includes(picture.mime)) {
    const headers = { "cache-control": "no-store" };
    return refuse({ status: STATUS_CODE.NotFound, message: "There is no such picture", headers });
  }
  const bytes = Buffer.from(picture.data, "base64");
  return new Response(request.method === "HEAD" ? null : bytes, {
    headers: {
      "content-type": picture.mime,
      "content-length": String(bytes.length),
      "cache-control": `private, max-age=${FRESH_SECONDS}, immutable`,
      // As a file that people upload: it does nothing.
      "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    },
  });
}

function idOf(path: string): string {
  return path.slice("/pictures/".length);
}
