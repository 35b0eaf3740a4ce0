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
} as const satisfies Readonly<Record<string, readonly ("GET" | "HEAD" | "POST")[]>>;

/** The path of a {@linkcode ROUTES} entry. */
export type Route = keyof typeof ROUTES;

/** Returns true for a path that the server answers itself. */
export function isRoute(path: string): path is Route {
  return Object.hasOwn(ROUTES, path);
}
