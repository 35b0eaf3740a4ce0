/**
 * How people lie in a bucket of JetStream's key-value store: `person.ID` says which name a person has,
 * and `name.KEY` who has a name, be it as its owner or as one who holds it while connected. A person owns
 * a name if both say so.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Bucket, Versioned } from "./bucket.ts";
import type { Owner } from "../people/store.ts";

/** The bucket of people, and the one of sessions that were ended. */
export const PEOPLE_BUCKET = "people";
export const ENDED_BUCKET = "ended_sessions";

/** Keys that are nobody's: what tells this data from another's, what signs cookies, and that an import is not done. */
export const STORE_ID = "store_id";
export const SIGNING_KEY = "signing_key";
export const IMPORTING = "importing";

/** What is kept of a person. */
export interface StoredPerson {
  readonly name: string;
  readonly key: string;
  readonly used: number;
  readonly secret?: string;
}

/** What is kept of a name: who owns it, or who holds it while connected to which servers. */
export type StoredName =
  | { readonly owner: string }
  | { readonly holder: string; readonly servers: readonly string[] };

/** A value with what is needed to change it. */
export type Seen<T> = Versioned & { readonly value: T };

/** Removes all people and names. */
export async function clearPeople(bucket: Bucket): Promise<void> {
  await bucket.clear("person.");
  await bucket.clear("name.");
}

/** Where it is said of a person which name it is. */
export function personKey(id: string): string {
  return `person.${id}`;
}

/** Where it is said of a name whose it is. Names are of any letters, the bucket's keys of few. */
export function nameKey(key: string): string {
  return `name.${Buffer.from(key).toString("base64url")}`;
}

/** What is kept of a person with this id. */
export async function readPerson(
  bucket: Bucket,
  id: string,
): Promise<Seen<StoredPerson> | undefined> {
  return seen(await bucket.get(personKey(id)), parsePerson);
}

/** What is kept of the name with this key. */
export async function readName(bucket: Bucket, key: string): Promise<Seen<StoredName> | undefined> {
  return seen(await bucket.get(nameKey(key)), parseName);
}

/** A person who has a name. */
export async function readOwner(bucket: Bucket, id: string): Promise<Owner | undefined> {
  const person = (await readPerson(bucket, id))?.value;
  if (!person) return undefined;
  return isOwner((await readName(bucket, person.key))?.value, id) ? { id, ...person } : undefined;
}

/** The ids of all of whom something is kept, ascending. */
export async function personIds(bucket: Bucket): Promise<string[]> {
  return (await bucket.keys(personKey(""))).map((key) => key.slice(personKey("").length));
}

/** Whether a name is owned by the person with this id. */
export function isOwner(name: StoredName | undefined, id: string): boolean {
  return name !== undefined && "owner" in name && name.owner === id;
}

/** The error of something in a bucket that no Hubbub wrote. */
export function damaged(what: string): Error {
  return new Error(`Cannot read ${what}: it is not as Hubbub writes it`);
}

function seen<T>(
  versioned: Versioned | undefined,
  parse: (value: object) => T | undefined,
): Seen<T> | undefined {
  if (!versioned) return undefined;
  const { value } = versioned;
  const parsed = typeof value === "object" && value ? parse(value) : undefined;
  if (parsed === undefined) throw damaged("a person or a name");
  return { ...versioned, value: parsed };
}

function parsePerson(value: object): StoredPerson | undefined {
  if (!("name" in value && "key" in value && "used" in value)) return undefined;
  const { name, key, used } = value;
  const secret = "secret" in value ? value.secret : undefined;
  if (typeof name !== "string" || typeof key !== "string" || typeof used !== "number") {
    return undefined;
  }
  return { name, key, used, ...(typeof secret === "string" && { secret }) };
}

function parseName(value: object): StoredName | undefined {
  if ("owner" in value && typeof value.owner === "string") return { owner: value.owner };
  if (!("holder" in value && "servers" in value)) return undefined;
  const { holder, servers } = value;
  if (typeof holder !== "string" || !Array.isArray(servers)) return undefined;
  return { holder, servers: servers.filter((server) => typeof server === "string") };
}
