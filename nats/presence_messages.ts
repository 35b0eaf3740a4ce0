/**
 * What servers tell each other of their people.
 *
 * @module
 */
import type { NamedPerson, Whereabouts } from "../hub/roster.ts";

/** One thing that has happened with a server's people. */
export type Step =
  | readonly ["join", room: string, id: string, name: string, version: number]
  | readonly ["leave", room: string, id: string]
  | readonly ["rename", id: string, name: string, version: number, was: string];

/** One line of a server. `n` counts what it has told: who has missed something sees it by that. */
export type PresenceLine =
  /** It is there. `n` is that of the last line of the other kinds. */
  | { readonly type: "beat"; readonly n: number }
  /** What has happened since the line before. */
  | { readonly type: "steps"; readonly n: number; readonly steps: readonly Step[] }
  /** All its people, in `of` lines that follow each other. */
  | {
    readonly type: "all";
    readonly n: number;
    readonly part: number;
    readonly of: number;
    readonly people: readonly Whereabouts[];
  }
  /** It goes. */
  | { readonly type: "bye"; readonly n: number };

/** How many steps or people are in one line: of the largest names, far less than NATS takes. */
const ITEMS = 500;

/** Cuts what would be too long for one line. */
export function cut<T>(items: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let i = 0; i < items.length; i += ITEMS) parts.push(items.slice(i, i + ITEMS));
  return parts;
}

/** Reads a line; undefined if it is none. */
export function parsePresenceLine(text: string): PresenceLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    if (!isObject(line) || typeof line.n !== "number") return undefined;
    const { type, n, part, of } = line;
    if (type === "beat" || type === "bye") return { type, n };
    if (type === "steps" && Array.isArray(line.steps)) {
      const steps = line.steps.map(parseStep);
      return { type, n, steps: steps.filter((step) => step !== undefined) };
    }
    if (type !== "all" || !Array.isArray(line.people)) return undefined;
    if (typeof part !== "number" || typeof of !== "number") return undefined;
    const people = line.people.map(parseWhereabouts);
    return { type, n, part, of, people: people.filter((person) => person !== undefined) };
  } catch {
    return undefined;
  }
}

function parseStep(value: unknown): Step | undefined {
  if (!Array.isArray(value)) return undefined;
  const [type, a, b, c, d]: unknown[] = value;
  if (typeof a !== "string" || typeof b !== "string") return undefined;
  if (type === "leave") return [type, a, b];
  if (type === "join" && typeof c === "string" && typeof d === "number") return [type, a, b, c, d];
  if (type === "rename" && typeof c === "number" && typeof d === "string") {
    return [type, a, b, c, d];
  }
  return undefined;
}

function parseWhereabouts(value: unknown): Whereabouts | undefined {
  if (!Array.isArray(value)) return undefined;
  const [person, rooms]: unknown[] = value;
  if (!isPerson(person) || !Array.isArray(rooms)) return undefined;
  return [person, rooms.filter((room) => typeof room === "string")];
}

function isPerson(value: unknown): value is NamedPerson {
  return isObject(value) && typeof value.id === "string" && typeof value.name === "string" &&
    typeof value.version === "number";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
