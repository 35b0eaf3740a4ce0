import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type {
  ChatSettings,
  ErrorCode,
  HelloLine,
  RoomSummary,
  ServerLine,
} from "../../protocol/mod.ts";
import { Pictures } from "./pictures.ts";
import type { Requests } from "./requests.ts";
import type { OwnAccess } from "./own_access.ts";

/** Facts about the whole chat, as the server sent them last. */
export class ChatInfo {
  /** The settings that admins make; `undefined` before the first connection. */
  readonly settings: ReadonlySignal<ChatSettings | undefined>;
  /** The ids of the admins. */
  readonly admins: ReadonlySignal<ReadonlySet<string>>;
  /** All rooms that exist, or `undefined` until the server has sent them. */
  readonly directory: ReadonlySignal<readonly RoomSummary[] | undefined>;
  /** Whether this person may create rooms. */
  readonly mayCreateRooms: ReadonlySignal<boolean>;
  /** Whether this person is a guest where only people with a name may write. */
  readonly needsName: ReadonlySignal<boolean>;
  readonly #settings = signal<ChatSettings | undefined>(undefined);
  readonly #admins = signal<ReadonlySet<string>>(new Set());
  readonly #directory = signal<readonly RoomSummary[] | undefined>(undefined);

  /** The pictures of people. */
  readonly pictures: Pictures;

  /**
   * @param access the person's role, which decides with the settings what the person may do
   * @param ask gives a command
   */
  constructor(access: OwnAccess, ask: Requests["ask"]) {
    this.pictures = new Pictures(ask);
    this.settings = this.#settings;
    this.admins = this.#admins;
    this.directory = this.#directory;
    const role = computed(() => access.current.value?.role ?? "guest");
    this.mayCreateRooms = computed(() => {
      const creators = this.#settings.value?.createRooms ?? "everyone";
      return creators === "everyone" || role.value === "admin" ||
        (creators === "members" && role.value === "member");
    });
    this.needsName = computed(() =>
      this.#settings.value?.guests === false && role.value === "guest"
    );
  }

  /** Takes what the first line of a connection says. */
  greet({ chat, admins }: HelloLine): void {
    this.#settings.value = chat;
    this.#admins.value = new Set(admins);
    this.pictures.refresh();
  }

  /** Returns the code of the words about a room that the server does not let this person join. */
  refusalOf(code: ErrorCode): ErrorCode | "no_create" {
    return code === "no_room" && !this.mayCreateRooms.peek() ? "no_create" : code;
  }

  /** Takes a line about the whole chat; returns whether it was one. */
  take(line: ServerLine): boolean {
    if (line.type === "chat") this.#settings.value = line.chat;
    else if (line.type === "admins") this.#admins.value = new Set(line.admins);
    else if (line.type === "picture") this.pictures.take(line);
    else if (line.type === "rooms") this.#directory.value = line.rooms;
    else return false;
    return true;
  }
}
