/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { Signal } from "@preact/signals";
import { createContext, type FunctionComponent } from "preact";
import { useContext } from "preact/hooks";
import type { FileInfo, Message, User } from "../../protocol/mod.ts";
import type { Chat } from "../state/chat.ts";
import type { PageLink } from "../state/links.ts";
import type { ConnectionRefusal } from "../state/refusal.ts";
import type { News } from "../state/live_inbox.ts";
import type { Settings } from "../state/settings.ts";
import type { Viewport } from "../state/viewport.ts";
import type { TextStore } from "../state/storage.ts";
import type { MakeFileSender } from "../state/files/file_sender.ts";
import type { Room } from "../state/room.ts";
import { type Strings, stringsIn } from "../strings.ts";

/** A dialog of the page. */
export type DialogName = "rooms" | LaterDialogName;

/** A dialog in the part of the page that is loaded after the first view. */
export type LaterDialogName =
  | "settings"
  | "shortcuts"
  | "room"
  | "leave"
  | "add"
  | "newRoom"
  | "newDirect"
  | "directory"
  | "person"
  | "inbox"
  | "jump"
  | "report"
  | "reports"
  | "search"
  | "unsent"
  | "message"
  | "emoji"
  | "reactions"
  | "deleteMessage"
  | "pins"
  | "picture"
  | "files";

/** The tabs of the administration, in their order. */
export const ADMIN_TABS = ["people", "rooms", "invites", "settings", "reports", "audit"] as const;

/** A tab of the administration. */
export type AdminTab = typeof ADMIN_TABS[number];

/** The message or person to report. */
export interface Reported {
  readonly user: User;
  /** Absent for the person. */
  readonly message?: { readonly room: string; readonly seq: number; readonly text: string };
}

/** The message that a dialog is about. */
export interface Acting {
  /** Its `seq` is 0 until it is acknowledged. */
  readonly message: Message;
  /** The position of the button that opened the dialog. */
  readonly at: DOMRect | undefined;
}

/** A short message that goes away, with something to do about it. */
export interface ToastText {
  readonly text: string;
  /** The room that it is about: it goes away when that is shown. */
  readonly room?: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** The part of the page that keeps and uploads files. */
export interface FilesPart {
  readonly uploaderOf: (base: string) => MakeFileSender;
  /** The files that go with the next message. */
  readonly Tray: FunctionComponent<{ room: Room }>;
  /** Lies over the window while files are dragged there. */
  readonly DropZone: FunctionComponent;
  /** Files are over the window, and no more. */
  readonly dragover: (app: FileTaker, data: DataTransfer) => void;
  readonly dragEnd: () => void;
  readonly drop: (app: FileTaker, data: DataTransfer) => void;
  readonly paste: (app: FileTaker, files: readonly File[]) => void;
}

/** A picture that is shown alone. */
export interface Viewing {
  readonly room: string;
  readonly seq: number;
  /** The id of the file. */
  readonly id: string;
  /** Those that one can turn to; by default those of the messages in the log. */
  readonly pictures?: readonly ViewedPicture[];
}

/** A picture of a message. */
export interface ViewedPicture {
  readonly message: Message;
  readonly file: FileInfo;
}

/** The state and actions that every part of the page may use. */
export interface App {
  /** The page's address, without a file's name. */
  readonly base: string;
  /** The address of the page's icon: the build gives it another name. */
  readonly icon: string;
  readonly chat: Chat;
  readonly settings: Settings;
  readonly store: TextStore;
  readonly dialog: Signal<DialogName | undefined>;
  /** The person whom the dialog is about. */
  readonly person: Signal<User | undefined>;
  /** The message, or the person, that the dialog reports. */
  readonly reporting: Signal<Reported | undefined>;
  /** Called with what becomes known of messages. */
  readonly onNews: Set<(news: News) => void>;
  /** The message that the dialog is about. */
  readonly acting: Signal<Acting | undefined>;
  /** The part of the page that keeps and uploads files, once it is loaded. */
  readonly filesPart: Signal<FilesPart | undefined>;
  /** Loads it. */
  readonly loadFiles: () => Promise<FilesPart>;
  /** The picture that the dialog shows. */
  readonly viewing: Signal<Viewing | undefined>;
  /** The tab of the administration that is shown in the place of the room. */
  readonly adminTab: Signal<AdminTab | undefined>;
  /** The link with a token that the page's address was. */
  readonly link: Signal<PageLink | undefined>;
  /** Whether the list of rooms is open where there is no room for it. */
  readonly drawer: Signal<boolean>;
  /** The same for the list of people. */
  readonly peopleDrawer: Signal<boolean>;
  /** Present while the chat is covered: until somebody logs in, and then until the server says who that is. */
  readonly locked: Signal<"login" | "waiting" | undefined>;
  /** The reason for which the last connection was refused, if the server gave one. */
  readonly refusal: Signal<ConnectionRefusal | undefined>;
  /** The missed mention after which the page asks for permission to notify. */
  readonly askToNotify: Signal<
    { readonly name: string; readonly room: string; readonly isReply: boolean } | undefined
  >;
  /** A short message that goes away. */
  readonly toast: Signal<ToastText | undefined>;
  /** Said to those who can't see the page. */
  readonly spoken: Signal<string>;
  /** The visible part of the log that is drawn. */
  readonly viewport: { current: Viewport | undefined };
  /** Moves the focus to the message box. */
  readonly focusComposer: () => void;
  /** Writes something into the message box at the caret, as if it was typed. */
  readonly insert: (text: string) => void;
  /** Goes on after a successful login, in a room if there is one. */
  readonly unlock: (room?: string) => void;
}

/** What takes the files that are pasted and dropped. */
export type FileTaker = Pick<
  App,
  | "chat"
  | "filesPart"
  | "focusComposer"
  | "link"
  | "loadFiles"
  | "locked"
  | "settings"
  | "spoken"
  | "toast"
>;

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
  return useContext(Context)?.settings.strings.value ?? stringsIn("en");
}
