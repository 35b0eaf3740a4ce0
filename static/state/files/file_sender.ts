import type { OwnFile } from "./own_file.ts";

/** The part of the page that a {@linkcode FileSender} uses. */
export interface FileSenderHost {
  /** All files of this person on their way, in their order. */
  readonly list: () => readonly OwnFile[];
  /** Changes what is known of a file, if it is still there. */
  readonly change: (key: string, change: Partial<OwnFile>) => void;
  /** Says how many bytes of a file are on the server. */
  readonly progress: (key: string, sent: number) => void;
  /** Says that an upload waits for another attempt after more than one has failed. */
  readonly stalls: (key: string) => void;
  /** Gives the address of a picture to show for it, which lasts as long as the page. */
  readonly shows: (key: string, picture: string) => void;
  /** Whether the message of a file waits to be sent, or it is in the tray. */
  readonly isWanted: (attachment: OwnFile) => boolean;
  /** Whether another tab has the content, which this one can't have. */
  readonly isElsewhere: (attachment: OwnFile) => boolean;
  /** Whether there is a connection to the server. */
  readonly isOnline: () => boolean;
  /** Whether any person of this browser has a file of that key. */
  readonly isKnown: (key: string) => boolean;
}

/** Keeps the contents of files and uploads them: the part that is loaded with the first file. */
export interface FileSender {
  /** Takes the content of a new file. */
  add(key: string, content: Blob): void;
  /** Looks again for files to upload: the list or the connection has changed. */
  update(): void;
  /** Forgets the content of a file, and an upload of it that has begun. */
  forget(attachment: OwnFile): void;
}

/** Makes a {@linkcode FileSender}. */
export type MakeFileSender = (host: FileSenderHost) => FileSender;
