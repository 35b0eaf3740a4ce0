/**
 * People who talk in some rooms of one chat, on one server or many, and must agree on all that was
 * said.
 *
 * @module
 */
import { Person, type PersonOptions } from "./reconnecting_client.ts";
import { pick } from "./random.ts";
import { Watch } from "./sockets.ts";
import { Ledger } from "./delivery_checker.ts";

/** Who a {@linkcode Crowd} is and where it goes. */
export interface CrowdOptions extends Pick<PersonOptions, "rooms" | "random" | "port" | "retryMs"> {
  size: number;
}

/** The texts are mostly short. */
const LONG = 0.02;
const LONG_LENGTH = 4000;
const SHORT_LENGTH = 200;

/** Disposing of it sends everybody away. */
export class Crowd implements AsyncDisposable {
  readonly people: Person[] = [];
  /** What they have seen together. */
  readonly ledger = new Ledger();
  readonly #options: CrowdOptions;
  readonly #watch = new Watch();
  readonly #failure = Promise.withResolvers<never>();
  #underWay = 0;

  constructor(options: CrowdOptions) {
    this.#options = options;
    // It is looked at in each race; this keeps it quiet between them.
    this.#failure.promise.catch(() => {});
    for (let i = 0; i < options.size; i++) this.add(`person ${i}`);
  }

  /** Somebody more, who has yet to enter. */
  add(name: string): Person {
    const { rooms, random, port, retryMs } = this.#options;
    const person = new Person({
      ...{ name, rooms, random, port, retryMs, ledger: this.ledger },
      onLines: (person) => {
        this.#talk(person);
        this.#watch.check();
      },
      onFailure: this.#failure.reject,
    });
    this.people.push(person);
    return person;
  }

  /** Resolves when everybody is in all rooms. */
  async enter(): Promise<void> {
    await Promise.all(this.people.map((person) => person.enter()));
    await this.until(() => this.#views.every(([, { inside }]) => inside));
  }

  /** From here on everybody keeps so many messages under way; none at all ends it. */
  talk(underWay: number): void {
    this.#underWay = underWay;
    for (const person of this.people) this.#talk(person);
  }

  #talk(person: Person): void {
    const { random, rooms } = this.#options;
    while (person.unreturned.size < this.#underWay) {
      const length = random() < LONG ? LONG_LENGTH : random() * SHORT_LENGTH;
      person.say(pick(random, rooms), `line\n${"x".repeat(length)} 🦊`);
    }
  }

  /** Everybody says one thing in every room. */
  say(text: string): void {
    for (const person of this.people) {
      for (const room of this.#options.rooms) person.say(room, text);
    }
  }

  /** Everybody sends again what is not known to be stored. */
  sayAgain(): void {
    for (const person of this.people) person.sayAgain();
  }

  /** Whether everybody knows of every message what became of it. */
  get answered(): boolean {
    return this.people.every(({ unreturned, refused }) => unreturned.size === refused.size);
  }

  /** Whether everybody has had a message refused. */
  get refused(): boolean {
    return this.people.every(({ refused }) => refused.size > 0);
  }

  /** Whether all that was said is stored, and seen by all. */
  get agreed(): boolean {
    return this.people.every(({ unreturned }) => unreturned.size === 0) &&
      this.#views.every(([room, view]) => view.current && view.seen === this.ledger.size(room));
  }

  /** How often they were connected. */
  get connections(): number {
    return this.people.reduce((sum, { connections }) => sum + connections, 0);
  }

  /** All that was said: one line each, with the room, the person, the id and the text. */
  get said(): string[] {
    return this.people.flatMap((person) =>
      [...person.said].map(([id, { room, text }]) => [room, person.id, id, text].join(" "))
    );
  }

  get #views() {
    return this.people.flatMap(({ views }) => [...views]);
  }

  /** Resolves when what is under way now is stored, and what is stored by then was seen by all. */
  async caughtUp(patience?: number): Promise<void> {
    const open = this.people.map(({ unreturned }) => [...unreturned.keys()]);
    await this.until(
      () => this.people.every(({ unreturned }, i) => !open[i]?.some((id) => unreturned.has(id))),
      patience,
    );
    const sizes = new Map(this.#options.rooms.map((room) => [room, this.ledger.size(room)]));
    await this.until(
      () => this.#views.every(([room, { seen }]) => seen >= (sizes.get(room) ?? 0)),
      patience,
    );
  }

  /** Resolves when the condition holds; rejects when that takes too long, or a promise is broken. */
  async until(condition: () => boolean, patience?: number): Promise<void> {
    await this.unbroken(this.#watch.until(condition, patience));
  }

  /** As the promise; but rejects as soon as somebody sees that the server broke one of its own. */
  unbroken<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#failure.promise]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.people.map((person) => person.leave()));
  }
}
