/**
 * The scenarios that can be measured, by name.
 *
 * @module
 */
import type { LoadOptions } from "./load_generator.ts";

/** Rooms, who is in them, and what they send. */
export type Crowding = Pick<LoadOptions, "rooms" | "receivers" | "senders" | "inFlight">;

/** One thing to measure. */
export type Scenario =
  | { kind: "load"; name: string; crowding: Crowding }
  | { kind: "sustained" | "idle" | "named" | "changes" | "start" | "growth"; name: string };

/**
 * The scenarios that are measured when none is named: each goal's work, then what the plots need.
 */
export const USUAL = [
  ...["start", "growth", "idle"],
  ...["100x10x8", "1000x10x8", "16x16x8", "1000of10x1x1", "100x1x1"],
  ...["sustained", "10x10x8", "30x10x8", "300x10x8"],
];

/** The scenarios in which two checkouts are compared. */
export const COMPARED = ["100x10x8", "1000x10x8", "16x16x8", "1000of10x1x1", "100x1x1"];

/** Without what only the plots need. */
export const QUICK = USUAL.slice(0, 9);

/** Reads a scenario's name; throws an `Error` that says what it takes. */
export function parseScenario(name: string): Scenario {
  switch (name) {
    case "sustained":
    case "idle":
    case "named":
    case "changes":
    case "start":
    case "growth":
      return { kind: name, name };
  }
  const numbers = /^(?:(\d+)of)?(\d+)x(\d+)x(\d+)$/.exec(name)?.slice(1).map((n = "1") =>
    Number(n)
  );
  const [rooms = 0, receivers = 0, senders = 0, inFlight = 0] = numbers ?? [];
  if (rooms > 0 && inFlight > 0 && senders > 0 && receivers >= senders) {
    return { kind: "load", name, crowding: { rooms, receivers, senders, inFlight } };
  }
  throw new Error(
    "A scenario is sustained, idle, named, changes, start, growth or [ROOMSof]RECEIVERSxSENDERSxINFLIGHT, " +
      `received ${name}`,
  );
}
