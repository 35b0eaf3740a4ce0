/**
 * The interface between the server and the state for files.
 *
 * @module
 */
import type { FileEvent } from "./kinds/file.ts";
import type { RefusalCode } from "./outcome.ts";

/** A file as it is served. */
export interface StoredFile {
  readonly id: string;
  /** The id of the person who has uploaded it. */
  readonly person: string;
  /** The time at which it was whole, in ms since 1970. */
  readonly at: number;
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** The media type that its bytes have. */
  readonly type: string;
  /** In pixels; present for a picture that a browser may show. */
  readonly width?: number;
  /** The id under which its bytes are kept. */
  readonly content: string;
}

/** A whole upload: its event, without the limits of the server. */
export type FileDraft = Omit<FileEvent, "type" | "total" | "day">;

/** Why a person may not upload. */
export interface FileRefusal {
  readonly code: RefusalCode;
  readonly reason: string;
  /** In ms, when to try again. */
  readonly retry?: number;
}

/** All files together. */
export interface FileTotal {
  readonly files: number;
  /** Of different contents. */
  readonly bytes: number;
}

/** The files that the state knows, and the rights to them. */
export interface FileRecords {
  /**
   * Returns a file that a person may read, also one that another server has recorded just before. Undefined also if there is
   * none.
   *
   * @throws {ContentsError} `failed` if this server can't know it at the moment
   */
  find(person: string, id: string): Promise<StoredFile | undefined>;
  /** Returns whether a person may read a file, as far as this server knows: it asks no other. */
  mayRead(person: string, id: string): boolean;
  /** Returns why an upload of `length` bytes would be refused at the moment. */
  judge(person: string, length: number): FileRefusal | undefined;
  /**
   * Records a file; resolves when that is stored, and to the reason if it is refused.
   *
   * @param network The network that it comes from.
   */
  add(file: FileDraft, network: string): Promise<FileRefusal | undefined>;
  /** Returns whether some file needs the bytes of an upload: they must not be removed. */
  isNeeded(content: string): boolean;
  readonly total: FileTotal;
  /** The bytes that all files together may have, and those of a person in 24 hours; 0 is no limit. */
  readonly limits: { readonly total: number; readonly day: number };
}
