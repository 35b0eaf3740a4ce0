import { digestOf, type EventOutcome } from "./outcome.ts";
import type { Entry } from "./entry.ts";

/**
 * The checksum after an entry: a chain over the positions and outcomes so far, which says nothing
 * of the layout of tables. Servers that have the same one have applied the same entries with the
 * same outcomes.
 *
 * @param outcomes undefined when the batch was ignored because it was not next in its run
 */
export function nextChecksum(
  previous: string,
  { position, at, run = "", number = 0 }: Omit<Entry, "events">,
  outcomes: readonly EventOutcome[] | undefined,
): string {
  let text = `${previous} ${position} ${at} ${run} ${number}`;
  if (outcomes === undefined) text += " ignored";
  else for (const outcome of outcomes) text += " " + digestOf(outcome);
  return hash(text);
}

/**
 * A hash of 64 bits: two of 32, made as FNV-1a makes one. It tells faults apart, not attacks: nobody gains
 * from two states with one checksum. SHA-256 took 35 µs of a commit under load, as its state is an object of
 * the runtime's that has to be collected.
 */
function hash(text: string): string {
  let [one, two] = [0x811c9dc5, 0x9747b28c];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    one = Math.imul(one ^ unit, 0x01000193);
    two = Math.imul(two ^ unit, 0x85ebca6b);
  }
  return hex(one) + hex(two);
}

function hex(bits: number): string {
  return (bits >>> 0).toString(16).padStart(8, "0");
}
