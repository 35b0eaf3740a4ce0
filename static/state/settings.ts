import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import {
  type Language,
  LANGUAGE_TAGS,
  preferredLanguage,
  type Strings,
  stringsIn,
} from "../strings.ts";
import { validLocale } from "./calendar.ts";
import type { TextStore } from "./storage.ts";

/** The colours of the page. */
export type Theme = "auto" | "light" | "dark";

const THEMES = ["auto", "light", "dark"] as const;
const LANGUAGES = ["auto", "en", "zh"] as const;
const SWITCH = ["on", "off"] as const;

/** A person's settings for this browser. */
export class Settings {
  readonly #store: TextStore;
  readonly theme: ReadonlySignal<Theme>;
  readonly language: ReadonlySignal<Language | "auto">;
  readonly sound: ReadonlySignal<boolean>;
  readonly notifications: ReadonlySignal<boolean>;
  /** Whether the question for notifications was answered. */
  readonly asked: ReadonlySignal<boolean>;
  /** Whether the list of people is shown where there is room for it. */
  readonly people: ReadonlySignal<boolean>;
  /** Whether the person chose to stay a guest. */
  readonly greeted: ReadonlySignal<boolean>;
  /** Whether this person has shown or set the password of their name in this browser. */
  readonly secured: ReadonlySignal<boolean>;
  /** The language in effect. */
  readonly spoken: ReadonlySignal<Language>;
  /** The texts in it. */
  readonly strings: ReadonlySignal<Strings>;
  /** The tag that dates and times are written by: the reader's own, if it is of the same language. */
  readonly locale: ReadonlySignal<string>;
  /** The tag that times of day are written by: the browser's first, whatever the page's language. */
  readonly timeLocale: string;
  readonly #signals = new Map<string, Signal<string>>();

  /** @param languages the browser's, most liked first */
  constructor(store: TextStore, languages: readonly string[]) {
    this.#store = store;
    this.theme = this.#choice("theme", THEMES, "auto");
    this.language = this.#choice("language", LANGUAGES, "auto");
    this.sound = this.#switch("sound", "off");
    this.notifications = this.#switch("notifications", "off");
    this.asked = this.#switch("asked", "off");
    this.people = this.#switch("people", "on");
    this.greeted = this.#switch("greeted", "off");
    this.secured = this.#switch("secured", "off");
    this.spoken = computed(() =>
      this.language.value === "auto" ? preferredLanguage(languages) : this.language.value
    );
    this.strings = computed(() => stringsIn(this.spoken.value));
    this.locale = computed(() =>
      validLocale(languages.filter((tag) => tag.toLowerCase().startsWith(this.spoken.value))) ??
        LANGUAGE_TAGS[this.spoken.value]
    );
    this.timeLocale = validLocale(languages) ?? "en";
  }

  /** Changes a setting and keeps it. */
  set(name: "theme", value: Theme): void;
  set(name: "language", value: Language | "auto"): void;
  set(
    name: "sound" | "notifications" | "asked" | "people" | "greeted" | "secured",
    value: boolean,
  ): void;
  set(name: string, value: string | boolean): void {
    const text = typeof value === "string" ? value : value ? "on" : "off";
    this.#store.set(name, text);
    this.changedElsewhere(name, text);
  }

  /** Follows another tab of this browser, which changed something in the store. */
  changedElsewhere(key: string, value: string): void {
    const changed = this.#signals.get(key);
    if (changed) changed.value = value;
  }

  #choice<T extends string>(
    name: string,
    choices: readonly T[],
    otherwise: T,
  ): ReadonlySignal<T> {
    const kept = signal(this.#store.get(name) ?? "");
    this.#signals.set(name, kept);
    return computed(() => choices.find((choice) => choice === kept.value) ?? otherwise);
  }

  #switch(name: string, otherwise: "on" | "off"): ReadonlySignal<boolean> {
    const choice = this.#choice(name, SWITCH, otherwise);
    return computed(() => choice.value === "on");
  }
}
