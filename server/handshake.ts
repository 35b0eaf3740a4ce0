import { listHas, listItems } from "./headers.ts";
import { badRequest, type Refusal } from "./responses.ts";
import { hostOf } from "./request.ts";
import type { Peer } from "./peer.ts";
import { STATUS_CODE } from "../lib/std.ts";

/** The version of the WebSocket protocol, RFC 6455. */
const VERSION = "13";

/** A key is 16 bytes in base64: RFC 6455, section 4.2.1. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

const FORWARD_UPGRADE =
  "configure the proxy in front of this server to forward Upgrade and Connection";

/** The longest host or origin that is parsed, in characters: a DNS name has 253, and a scheme and a port. */
const HOST_LENGTH = 300;

/** Judges an opening handshake by RFC 6455, section 4.2.1; undefined when it is correct. */
export function judgeHandshake({ headers, method }: Request): Refusal | undefined {
  const upgrades = listHas(headers.get("upgrade"), "websocket") &&
    listHas(headers.get("connection"), "upgrade");
  if (!upgrades && headers.has("sec-websocket-key")) {
    return {
      ...upgradeRequired(
        `Cannot open a WebSocket: the Upgrade header is missing; ${FORWARD_UPGRADE}`,
      ),
      advice: { event: "upgrade refused", fields: { advice: FORWARD_UPGRADE } },
    };
  }
  if (!upgrades) {
    return upgradeRequired("This address accepts only WebSocket connections");
  }
  const version = headers.get("sec-websocket-version");
  if (version !== VERSION) {
    return upgradeRequired(
      `Cannot open a WebSocket: Sec-WebSocket-Version must be ${VERSION}, received ${
        quote(version)
      }`,
    );
  }
  if (method !== "GET") {
    return badRequest(`Cannot open a WebSocket: the method must be GET, received ${method}`);
  }
  const key = headers.get("sec-websocket-key");
  if (key === null || !KEY.test(key)) {
    return badRequest(
      `Cannot open a WebSocket: Sec-WebSocket-Key must be 16 bytes in base64, received ${
        quote(key)
      }`,
    );
  }
  return undefined;
}

/**
 * Chooses among the subprotocols that a request offers: undefined when it offers none, a refusal when
 * it offers only unknown ones.
 */
export function chooseProtocol(
  { headers }: Request,
  known: readonly string[],
): string | Refusal | undefined {
  const value = headers.get("sec-websocket-protocol");
  const offered = listItems(value);
  if (offered.length === 0) return undefined;
  const chosen = offered.find((name) => known.includes(name));
  return chosen ?? badRequest(
    `Cannot open a WebSocket: Sec-WebSocket-Protocol must be ${known.join(" or ")}, received ${
      quote(value)
    }`,
  );
}

/**
 * Judges the `Origin` of a request, which browsers send and programs do not. It must be one of `allowed`, or
 * the address that the request itself was sent to: same scheme, host and port.
 *
 * With `allowed` given, the request's host must be the host of one of them, an IP address or localhost, so
 * that a name that somebody else points at this server (DNS rebinding) is refused. For a host that is
 * listed, only the listed origins count.
 */
export function judgeOrigin(
  request: Request,
  scheme: Peer["scheme"],
  allowed: readonly string[],
): Refusal | undefined {
  const host = hostOf(request);
  const name = parseUrl(`http://${host}`)?.hostname;
  const isListed = allowed.some((origin) => URL.parse(origin)?.hostname === name);
  if (allowed.length > 0 && !isListed && !isLocal(name)) {
    return foreign("host refused", { host }, {
      what: `${quote(host)} is not a configured host name`,
      todo: `start the server with --origin and the address that people use, such as https://${
        name ?? "chat.example"
      }`,
    });
  }
  const origin = request.headers.get("origin");
  if (origin === null || allowed.includes(origin)) return undefined;
  const url = parseUrl(origin);
  if (!isListed && url !== null && isOwn(url, host, scheme)) return undefined;
  const wish = url === null || url.origin === "null" ? "" : ` ${url.origin}`;
  return foreign("origin refused", { origin, host }, {
    what: `Pages from ${quote(origin)} may not connect to ${quote(host)}`,
    todo:
      `start the server with --origin${wish}, or configure the proxy in front of it to forward Host`,
  });
}

/** Whether an origin is the address that the request was sent to. */
function isOwn(origin: URL, host: string, scheme: Peer["scheme"]): boolean {
  const { protocol } = origin;
  if (scheme === undefined ? !/^https?:$/.test(protocol) : protocol !== scheme) return false;
  // Both hosts go through the same parser, which removes a default port.
  return origin.host === parseUrl(`${protocol}//${host}`)?.host;
}

/** Whether a name is localhost or an IP address as the URL parser prints it. */
function isLocal(name: string | undefined): boolean {
  return name !== undefined &&
    (name === "localhost" || name.startsWith("[") || /^\d{1,3}(\.\d{1,3}){3}$/.test(name));
}

function parseUrl(text: string): URL | null {
  return text.length > HOST_LENGTH ? null : URL.parse(text);
}

function upgradeRequired(message: string): Refusal {
  return {
    status: STATUS_CODE.UpgradeRequired,
    message,
    headers: { "upgrade": "websocket", "sec-websocket-version": VERSION },
  };
}

function foreign(
  event: string,
  received: Record<string, string>,
  { what, todo }: { what: string; todo: string },
): Refusal {
  const fields = Object.entries(received).map(([name, value]) => [name, value.slice(0, 100)]);
  return {
    status: STATUS_CODE.Forbidden,
    message: `${what}: ${todo}`,
    advice: { event, fields: { ...Object.fromEntries(fields), advice: todo } },
  };
}

/** A received value, short enough to be shown. */
function quote(value: string | null): string {
  return value === null ? "none" : JSON.stringify(value.slice(0, 100));
}
