import type { Device } from "../protocol/sessions.ts";

/** Parts of `User-Agent`, by browser. Most browsers also name others, so the first match counts. */
const BROWSERS: readonly (readonly [part: string, name: string])[] = [
  ["Edg/", "Edge"],
  ["EdgA/", "Edge"],
  ["EdgiOS/", "Edge"],
  ["OPR/", "Opera"],
  ["SamsungBrowser/", "Samsung Internet"],
  ["Firefox/", "Firefox"],
  ["FxiOS/", "Firefox"],
  ["CriOS/", "Chrome"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
];

const SYSTEMS: readonly (readonly [part: string, name: string])[] = [
  ["Windows", "Windows"],
  ["Android", "Android"],
  ["iPhone", "iOS"],
  ["iPad", "iPadOS"],
  ["CrOS", "ChromeOS"],
  ["Mac OS X", "macOS"],
  ["Linux", "Linux"],
];

/** The characters of the header that are looked at; those of browsers are shorter. */
const MAX_CHARACTERS = 400;

/**
 * Reads the kind of browser and system that a request comes from, by which people know their own devices apart: no
 * version, and nothing that would tell two computers of the same kind apart. A client may say what it likes.
 */
export function readDevice({ headers }: Pick<Request, "headers">): Device {
  const agent = (headers.get("user-agent") ?? "").slice(0, MAX_CHARACTERS);
  const find = (names: typeof BROWSERS) => names.find(([part]) => agent.includes(part))?.[1];
  const [browser, system] = [find(BROWSERS), find(SYSTEMS)];
  return { ...(browser !== undefined && { browser }), ...(system !== undefined && { system }) };
}
