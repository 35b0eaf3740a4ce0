import type { Refusal } from "./handshake.ts";
import type { Credentials, LoginForm } from "../people/people.ts";
import { SESSION_SECONDS } from "../people/session.ts";
import { deadline, getCookies, setCookie, STATUS_CODE } from "../lib/std.ts";

/** The largest body that is read, in bytes; a name, a secret and a password are far below. */
const BODY_BYTES = 8 * 1024;

/** How long a body may take to arrive, in ms. */
const BODY_MS = 10_000;

/** The value of the session cookie a request came with. */
export function readCookie(request: Request, name: string): string | undefined {
  try {
    return getCookies(request.headers)[name];
  } catch {
    // A header that is no cookie header says nothing.
    return undefined;
  }
}

/** Sets the session cookie in an answer; without `token` it is taken away. */
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

/** The Basic credentials of a request (RFC 7617); undefined without, or with another scheme. */
export function readBasic(request: Request): Credentials["basic"] {
  const encoded = /^basic +([\w+/-]+=*) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (encoded === undefined) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0)));
    const [user = "", ...password] = text.split(":");
    return { user, password: password.join(":") };
  } catch {
    // What is not base64 of UTF-8 names nobody and proves nothing.
    return { user: "", password: "" };
  }
}

/** The token of a request (RFC 6750); undefined without, or with another scheme. */
export function readBearer(request: Request): string | undefined {
  const token = /^bearer +(.*?) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  // A header's characters are its bytes.
  return token && new TextDecoder().decode(Uint8Array.from(token, (char) => char.charCodeAt(0)));
}

/** Reads the body of a login: a form, or JSON. */
export async function readLogin(
  request: Request,
): Promise<{ form: LoginForm; json: boolean } | Refusal> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  const json = type === "application/json";
  if (!json && type !== "application/x-www-form-urlencoded") {
    return badRequest(
      "Cannot log in: the body must be a form or JSON, received " +
        (type === undefined ? "no Content-Type" : JSON.stringify(type.slice(0, 100))),
    );
  }
  const body = await readInTime(request);
  if (body === "late") {
    return {
      status: STATUS_CODE.RequestTimeout,
      message: `Cannot log in: the body takes more than ${BODY_MS / 1000} s to arrive`,
    };
  }
  if (body === undefined) {
    return {
      status: STATUS_CODE.ContentTooLarge,
      message: `Cannot log in: the body may have ${BODY_BYTES} bytes`,
    };
  }
  const fields = json ? parseObject(body.text) : Object.fromEntries(new URLSearchParams(body.text));
  const { name, secret, password } = fields ?? {};
  if (
    typeof name !== "string" || !isOptionalText(secret) || !isOptionalText(password)
  ) {
    return badRequest("Cannot log in: name, and if given secret and password, must be texts");
  }
  const form: LoginForm = {
    name,
    ...(secret === undefined ? {} : { secret }),
    ...(password === undefined ? {} : { password }),
  };
  return { form, json };
}

async function readInTime(request: Request): Promise<{ text: string } | "late" | undefined> {
  try {
    return await deadline(readBody(request), BODY_MS);
  } catch {
    return "late";
  }
}

/** A body of at most {@linkcode BODY_BYTES}, or nothing when it is larger or breaks off. */
async function readBody(request: Request): Promise<{ text: string } | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.length;
      if (bytes > BODY_BYTES) return undefined;
      text += decoder.decode(chunk, { stream: true });
    }
  } catch {
    return undefined;
  }
  return { text: text + decoder.decode() };
}

function parseObject(text: string): Record<string, unknown> | undefined {
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

function badRequest(message: string): Refusal {
  return { status: STATUS_CODE.BadRequest, message };
}
