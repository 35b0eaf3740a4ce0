/**
 * Misbehaving clients, a file for each kind; a new attack is added there, and a new file here.
 *
 * Run as a program, this module plays the attack that its arguments name: it prints what the server
 * did about it as a line of JSON, and holds what it holds until killed.
 *
 * @module
 */
import type { Attack } from "./attack.ts";
import { COMMANDING } from "./commanding.ts";
import { JOINING } from "./joining.ts";
import { HANDSHAKING } from "./handshaking.ts";
import { OPENING } from "./opening.ts";
import { READING } from "./reading.ts";
import { SENDING } from "./sending.ts";
import { UPLOADING } from "./uploading.ts";

export type { Attack, Outcome } from "./attack.ts";

/** The name of an attack. */
export type AttackName =
  | keyof typeof COMMANDING
  | keyof typeof JOINING
  | keyof typeof HANDSHAKING
  | keyof typeof OPENING
  | keyof typeof READING
  | keyof typeof SENDING
  | keyof typeof UPLOADING;

/** Every attack. */
export const ATTACKS: Readonly<Record<AttackName, Attack>> = {
  ...READING,
  ...SENDING,
  ...OPENING,
  ...COMMANDING,
  ...JOINING,
  ...HANDSHAKING,
  ...UPLOADING,
};

/** Whether there is an attack of this name. */
export function isAttack(name: string): name is AttackName {
  return Object.hasOwn(ATTACKS, name);
}

if (import.meta.main) {
  const [name = "", port, size, seconds] = Deno.args;
  if (!isAttack(name)) {
    throw new TypeError(`Cannot attack: no attack has this name, received ${name}`);
  }
  const outcome = await ATTACKS[name].run(Number(port), Number(size), Number(seconds));
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(outcome) + "\n"));
  // Connections that it holds open are part of the attack.
  await new Promise(() => setInterval(() => {}, 1000));
}
