/**
 * Servers that find out which of them restores an empty log: the one whose copy has got furthest.
 *
 * @module
 */
import { createInbox } from "@nats-io/transport-node";
import type { Subscription } from "@nats-io/transport-node";
import type { Nats } from "./connection.ts";
import { isNumber, isText } from "../state/kind.ts";
import type { State } from "../state/state.ts";
import { parseFields } from "../protocol/fields.ts";
import { randomId } from "../people/session.ts";

/**
 * Time for which servers wait for each other before one of them restores an empty log, and for which one counts that
 * is not heard of: longer than a server takes to close its connections and its former copy.
 */
export const CANDIDATES_MS = 6000;
/** Time between two messages of a candidate. */
export const CANDIDATE_MS = 250;
/** The code of NATS's answer to a request that nobody listens to. */
const NO_RESPONDERS = 503;

/** How far a copy has got, as servers tell each other. */
export interface Reach {
  readonly position: number;
  /** The log that the position is one of; earlier programs do not say it, nor the time. */
  readonly epoch?: string;
  /** The time of the last entry, by NATS's clock, in ms since 1970. */
  readonly at?: number;
}

/** A copy that a server has told of. */
export interface Candidate extends Reach {
  readonly id: string;
  /** Whether that server would restore the log. */
  readonly asks: boolean;
  /** Whether it is about to: it stores its copy. Earlier programs do not say it. */
  readonly restores: boolean;
}

/** The subject on which servers that restore a log find each other. */
function restoreSubject(prefix = "hubbub"): string {
  return `${prefix}.restore`;
}

/** How far a state of the log that an epoch names has got. */
export function reachOf({ progress: { position, at } }: State, epoch: string): Reach {
  return { position, at, epoch };
}

/**
 * Tells servers that would restore an empty log how far this one has got, as long as its copy is open: they wait
 * for it if it has got further. A server without a copy learns that another one has a chat.
 */
export function answerRestorers(
  nats: Nats,
  { prefix, server, epoch, state }: {
    readonly prefix?: string;
    readonly server: string;
    readonly epoch: string;
    readonly state: State;
  },
): Disposable {
  const subject = restoreSubject(prefix);
  const subscription = nats.hear(subject, (from, text) => {
    if (!parseCandidate(from, text)?.asks) return;
    nats.connection.publish(`${subject}.${server}`, JSON.stringify(reachOf(state, epoch)));
  });
  return { [Symbol.dispose]: () => subscription.unsubscribe() };
}

/** This server among those that would restore the log. It tells the others how far it has got until it is disposed of. */
export class Candidacy implements Disposable {
  readonly #nats: Nats;
  readonly #subject: string;
  readonly #reach: Reach;
  readonly #id = randomId();
  readonly #others = new Map<string, { readonly candidate: Candidate; readonly at: number }>();
  readonly #subscription: Subscription;
  readonly #timer: ReturnType<typeof setInterval>;
  #restores = false;

  constructor(nats: Nats, reach: Reach, prefix?: string) {
    this.#nats = nats;
    this.#subject = restoreSubject(prefix);
    this.#reach = reach;
    this.#subscription = nats.hear(this.#subject, (id, text) => {
      const candidate = parseCandidate(id, text);
      if (candidate === undefined || id === this.#id) return;
      this.#others.set(id, { candidate, at: performance.now() });
    });
    this.#timer = setInterval(() => this.#publish(), CANDIDATE_MS);
    this.#publish();
  }

  /** The one that has got furthest, of those that were heard of lately, and of this one. */
  get #first(): Candidate | undefined {
    const since = performance.now() - CANDIDATES_MS;
    for (const [id, { at }] of this.#others) if (at < since) this.#others.delete(id);
    const others = [...this.#others.values()].map(({ candidate }) => candidate);
    const own = { ...this.#reach, id: this.#id, asks: true, restores: this.#restores };
    return furthest([own, ...others]);
  }

  /** Whether this server has got furthest. */
  get isFirst(): boolean {
    return this.#first?.id === this.#id;
  }

  /** Whether the one that has got furthest is about to restore the log. */
  get isUnderWay(): boolean {
    return this.#first?.restores === true;
  }

  /** Tells the others that this server is about to restore the log: one that has got no further leaves it to this one. */
  announce(): void {
    this.#restores = true;
    this.#publish();
  }

  /** Leaves it to others. */
  withdraw(): void {
    this.#restores = false;
  }

  #publish(): void {
    if (!this.#nats.connected) return;
    const own = { ...this.#reach, asks: true, restores: this.#restores };
    this.#nats.connection.publish(`${this.#subject}.${this.#id}`, JSON.stringify(own));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#subscription.unsubscribe();
  }
}

/**
 * Returns the copy that has got furthest: of those of one log, by its position. Each log counts from 1: of several, the
 * one that was written to last counts.
 */
export function furthest(candidates: readonly Candidate[]): Candidate | undefined {
  const [latest] = candidates.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0));
  // A server with an earlier program compares positions alone, and all have to agree.
  const isOneLog = candidates.some(({ epoch }) => epoch === undefined);
  const [first] = candidates
    .filter(({ epoch }) => isOneLog || epoch === latest?.epoch)
    .toSorted((a, b) =>
      b.position - a.position || Number(b.restores) - Number(a.restores) ||
      Number(b.asks) - Number(a.asks) || (a.id < b.id ? -1 : 1)
    );
  return first;
}

/** Reads a server's message about its copy. */
function parseCandidate(id: string, text: string): Candidate | undefined {
  const { position, asks, restores, epoch, at } = parseFields(text) ?? {};
  if (!isNumber(position)) return undefined;
  return {
    ...{ id, position, asks: asks === true, restores: restores === true },
    ...(isText(epoch) && isNumber(at) && { epoch, at }),
  };
}

/** Whether another server is there that has a chat. */
export async function isAnyoneThere({ connection }: Nats, prefix?: string): Promise<boolean> {
  const inbox = createInbox();
  let isNobodyThere = false;
  const answers = connection.subscribe(inbox, {
    callback: (error, { headers }) => {
      if (!error && headers?.code === NO_RESPONDERS) isNobodyThere = true;
    },
  });
  try {
    connection.publish(`${restoreSubject(prefix)}.${randomId()}`, "", { reply: inbox });
    // NATS says that nobody listens before it answers this, however busy it is.
    await connection.flush();
  } catch {
    // It is lost, and others may be there.
  } finally {
    answers.unsubscribe();
  }
  return !isNobodyThere;
}
