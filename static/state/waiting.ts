import type { Limits } from "../../protocol/mod.ts";
import type { ChatOptions } from "./chat_options.ts";
import { OwnFiles } from "./files/own_files.ts";
import { Outbox } from "./outbox.ts";
import type { PersonalStore } from "./personal_store.ts";
import type { Room } from "./room.ts";
import { Sender, type SenderOptions } from "./sender.ts";

/** The needs of {@linkcode openWaiting}. */
export interface WaitingOptions
  extends Pick<ChatOptions, "loadUploader">, Omit<SenderOptions, "outbox" | "fileIds" | "isSlow"> {
  readonly store: PersonalStore;
  /** The store of all persons of this browser. */
  readonly everyone: ChatOptions["store"];
  readonly tab: string;
  readonly limits: () => Limits | undefined;
  readonly isOnline: () => boolean;
  readonly room: (name: string) => Room | undefined;
  /** Called when messages were added, removed, refused or tried again. */
  readonly onChange: () => void;
}

/** Messages and files that wait to be sent. */
export interface Waiting {
  readonly outbox: Outbox;
  readonly files: OwnFiles;
  readonly sender: Sender;
}

/** Opens what waits to be sent. */
export function openWaiting({ loadUploader, room, ...options }: WaitingOptions): Waiting {
  const files: OwnFiles = new OwnFiles({
    ...options,
    load: loadUploader ?? (() => Promise.reject(new Error("There are no uploads"))),
    pending: (id) => outbox.find(id),
    isWaiting: (id) => outbox.isWaiting(id),
    onSettled: (id, failed) => {
      if (failed !== undefined) outbox.fail(id, failed);
      room(outbox.find(id)?.room ?? "")?.touch();
      sender.flush();
    },
  });
  const outbox: Outbox = new Outbox(options.store, {
    hasFiles: (keys) => files.ids(keys) !== undefined,
    isUploading: (keys) => keys.some((key) => files.find(key)?.tab === options.tab),
    onChange: () => {
      files.settle();
      options.onChange();
    },
  });
  const sender = new Sender({
    ...options,
    outbox,
    isSlow: (name) => (room(name)?.info.peek().slow ?? 0) > 0,
    fileIds: (keys) => files.ids(keys),
  });
  return { outbox, files, sender };
}
