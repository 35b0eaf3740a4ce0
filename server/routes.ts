import { isMessageId } from "../protocol/mod.ts";
import { isFileId } from "../protocol/file_names.ts";

/**
 * The addresses that the server answers itself, beside the files of the page, and the methods of each.
 */
export const ROUTES = {
  "/ws": ["GET", "HEAD"],
  "/login": ["POST"],
  "/link": ["POST"],
  "/logout": ["POST"],
  "/delete-account": ["POST"],
  "/check": ["POST"],
  "/healthz": ["GET", "HEAD"],
  "/metrics": ["GET", "HEAD"],
  "/files": ["POST", "OPTIONS"],
  "/files/ID": ["HEAD", "PATCH", "DELETE", "OPTIONS"],
  "/files/ID/NAME": ["GET", "HEAD"],
  "/pictures/ID": ["GET", "HEAD"],
  "/chat.webmanifest": ["GET", "HEAD"],
} as const satisfies Readonly<Record<string, readonly Method[]>>;

type Method = "GET" | "HEAD" | "POST" | "PATCH" | "DELETE" | "OPTIONS";

/** The path of a {@linkcode ROUTES} entry. */
export type Route = keyof typeof ROUTES;

/** Returns the route of a path as it was sent; undefined for one that the server does not answer itself. */
export function routeOf(path: string): Route | undefined {
  if (path.startsWith("/files/")) return routeOfFile(path);
  if (path.startsWith("/pictures/")) {
    return isMessageId(path.slice("/pictures/".length)) ? "/pictures/ID" : undefined;
  }
  return isRoute(path) ? path : undefined;
}

/** A file's name says nothing here: it is for those who read the address. */
function routeOfFile(path: string): Route | undefined {
  const [id = "", name, rest] = path.slice("/files/".length).split("/", 3);
  if (id === "" && name === undefined) return "/files";
  if (!isFileId(id) || name === "" || rest !== undefined) return undefined;
  return name === undefined ? "/files/ID" : "/files/ID/NAME";
}

function isRoute(path: string): path is Route {
  return Object.hasOwn(ROUTES, path);
}
