import { cookieOf, credentialsOf, trimSpace } from "./headers.ts";
import { badRequest, type Refusal } from "./responses.ts";
import type { Credentials, LoginForm } from "../people/credentials.ts";
import { isSimple } from "../protocol/fields.ts";
import { SESSION_SECONDS } from "../people/session.ts";
import { deadline, setCookie, STATUS_CODE } from "../lib/std.ts";

/** The largest body that is read, in bytes; a name, a secret and a password need far less. */
const BODY_BYTES = 8 * 1024;

/**
 * The most chunks that a body of HTTP/2 may arrive in; usually it is one. The runtime allocates 64 KiB for each, although it
 * may be a single byte: a body of 8,192 such chunks took 500 MB, as garbage, and a quarter of a second.
 */
const BODY_CHUNKS = 64;

/** Time for a body to arrive, in ms. */
const BODY_MS = 10_000;

/** Reads the value of the session cookie with this name. */
export function readCookie({ headers }: Request, name: string): string | undefined {
  return cookieOf(headers.get("cookie"), name);
}

/** Sets the session cookie in an answer; without `token` it is removed. */
export function writeCookie(
  headers: Headers,
  { name, token, secure }: { name: string; token?: string; secure: boolean },
): void {
  setCookie(headers, {
    name,
    value: token ?? "",
    maxAge: token === undefined ? 0 : SESSION_SECONDS,
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    secure,
  });
}

/**
 * Reads the Basic credentials of a request (RFC 7617); undefined without, or with another scheme. What is
 * not base64 of UTF-8 becomes an empty user and password, which prove nothing.
 */
export function readBasic({ headers }: Request): Credentials["basic"] {
  const encoded = credentialsOf(headers.get("authorization"), "basic");
  if (encoded === undefined) return undefined;
  try {
    // Some clients use the alphabet of URLs.
    const base64 = encoded.replaceAll("-", "+").replaceAll("_", "/");
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
    const colon = text.indexOf(":");
    return colon === -1
      ? { user: text, password: "" }
      : { user: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    return { user: "", password: "" };
  }
}

/** Reads the bearer token of a request (RFC 6750); undefined without, or with another scheme. */
export function readBearer({ headers }: Request): string | undefined {
  const token = credentialsOf(headers.get("authorization"), "bearer");
  // A header's characters are its bytes.
  return token && new TextDecoder().decode(Uint8Array.from(token, (char) => char.charCodeAt(0)));
}

/** Reads the body of a login: a form, or JSON. */
export async function readLogin(
  request: Request,
): Promise<{ form: LoginForm; json: boolean } | Refusal> {
  const type = request.headers.get("content-type");
  const [mediaType] = type?.split(";", 1) ?? [];
  const essence = mediaType === undefined ? undefined : trimSpace(mediaType).toLowerCase();
  const json = essence === "application/json";
  if (!json && essence !== "application/x-www-form-urlencoded") {
    return badRequest(
      "Cannot log in: the body must be a form or JSON, received " +
        (essence === undefined ? "no Content-Type" : JSON.stringify(essence.slice(0, 100))),
    );
  }
  const unread = judgeLength(request);
  if (unread) return unread;
  const body = await readInTime(request);
  if (body === "late") {
    return {
      status: STATUS_CODE.RequestTimeout,
      message: `Cannot log in: the body must arrive within ${BODY_MS / 1000} s`,
    };
  }
  if (body === undefined) return TOO_LARGE;
  const fields = json ? parseObject(body.text) : formFields(body.text);
  const { secret, old, password, link, messages } = fields ?? {};
  // A link says itself for whom it is, or is only looked at.
  const name = fields?.name ?? (link === undefined ? undefined : "");
  if (
    typeof name !== "string" || !isOptionalText(secret) || !isOptionalText(old) ||
    !isOptionalText(password) || !isOptionalText(link)
  ) {
    return badRequest(
      "Cannot log in: name, and secret, old, password and link if present, must be strings",
    );
  }
  if (messages !== undefined && messages !== "keep" && messages !== "delete") {
    return badRequest('Cannot delete the account: messages must be "keep" or "delete"');
  }
  const form: LoginForm = {
    name,
    ...(messages === undefined ? {} : { messages }),
    ...(secret === undefined ? {} : { secret }),
    ...(old === undefined ? {} : { old }),
    ...(password === undefined ? {} : { password }),
    ...(link === undefined ? {} : { link }),
  };
  return { form, json };
}

const TOO_LARGE: Refusal = {
  status: STATUS_CODE.ContentTooLarge,
  message: `Cannot log in: the body exceeds ${BODY_BYTES} bytes, or ${BODY_CHUNKS} chunks`,
};

/** Ends the connection with the answer: what follows is not read, either. */
const CLOSE = { connection: "close" };

/**
 * Refuses a body that is not to be read at all. Once a body in chunks is read from, the runtime reads on in what has
 * arrived, whatever becomes of the request: 4 MB of chunks of one byte take 0.2 s, in which nobody else is served. A body
 * with a length ends there; those of HTTP/2 are in frames.
 */
function judgeLength({ headers }: Request): Refusal | undefined {
  if (headers.has("transfer-encoding")) {
    return {
      status: STATUS_CODE.LengthRequired,
      message: "Cannot log in: send the body with a Content-Length, not in chunks",
      headers: CLOSE,
    };
  }
  if (Number(headers.get("content-length") ?? 0) <= BODY_BYTES) return undefined;
  return { ...TOO_LARGE, headers: CLOSE };
}

async function readInTime(request: Request): Promise<{ text: string } | "late" | undefined> {
  try {
    return await deadline(readBody(request), BODY_MS);
  } catch {
    return "late";
  }
}

/**
 * Reads a body of at most {@linkcode BODY_BYTES} in {@linkcode BODY_CHUNKS}; undefined when it is larger or breaks
 * off.
 */
async function readBody(request: Request): Promise<{ text: string } | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let [bytes, chunks] = [0, 0];
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.length;
      if (bytes > BODY_BYTES || ++chunks > BODY_CHUNKS) return undefined;
      text += decoder.decode(chunk, { stream: true });
    }
  } catch {
    return undefined;
  }
  return { text: text + decoder.decode() };
}

/** Reads the fields that a form may have; collecting thousands of others would take milliseconds. */
function formFields(text: string): Record<string, unknown> {
  const form = new URLSearchParams(text);
  return Object.fromEntries(
    ["name", "secret", "old", "password", "link", "messages"].map((
      field,
    ) => [field, form.get(field) ?? undefined]),
  );
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (!isSimple(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}
