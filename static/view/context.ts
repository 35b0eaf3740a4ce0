/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { type ReadonlySignal, type Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Chat } from "../state/chat.ts";
import type { Settings } from "../state/settings.ts";
import type { TextStore } from "../state/storage.ts";
import { STRINGS, type Strings } from "../strings.ts";

/** A dialog of the page. */
export type DialogName = "rooms" | "settings" | "shortcuts";

/** What every part of the page may look at. */
export interface App {
  /** The page's address, without a file's name. */
  readonly base: string;
  /** The address of the page's icon: the build gives it another name. */
  readonly icon: string;
  readonly chat: Chat;
  readonly settings: Settings;
  readonly store: TextStore;
  readonly dialog: Signal<DialogName | undefined>;
  /** Whether the list of rooms is open where there is no room for it. */
  readonly drawer: Signal<boolean>;
  /** The same for the list of people. */
  readonly peopleDrawer: Signal<boolean>;
  /** Whether the server wants its password. */
  readonly locked: ReadonlySignal<boolean>;
  /** Whether to ask for leave to notify. */
  readonly askToNotify: Signal<boolean>;
  /** Said to those who can't see the page. */
  readonly spoken: Signal<string>;
  /** Rises when the newest message shall be shown. */
  readonly toNewest: Signal<number>;
  /** Rises when the message box shall have the focus. */
  readonly toComposer: Signal<number>;
  /** After a successful login. */
  readonly unlock: () => void;
}

const Context = createContext<App | undefined>(undefined);

/** Gives an {@linkcode App} to what is drawn inside. */
export const AppProvider = Context.Provider;

/** The {@linkcode App} around. */
export function useApp(): App {
  const app = useContext(Context);
  if (!app) throw new Error("Cannot draw: there is no AppProvider around");
  return app;
}

/** The words of the language in effect. */
export function useStrings(): Strings {
  return useContext(Context)?.settings.strings.value ?? STRINGS.en;
}
