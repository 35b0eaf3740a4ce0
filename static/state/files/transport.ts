/** An upload to the server. */
export interface Transfer {
  /** The address of an upload that has begun before. */
  readonly url?: string | undefined;
  readonly content: Blob;
  /** The name and other metadata of the file, sent to the server. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Called with its address when it has begun. */
  readonly onUrl?: (url: string) => void;
  /** Called with the number of bytes that are there. */
  readonly onProgress?: (sent: number) => void;
  readonly signal: AbortSignal;
}

/** OwnUploads files. */
export interface Transport {
  /**
   * OwnUploads a file, from where it was interrupted. Returns its id on the server.
   *
   * @throws {TransferError}
   */
  upload(transfer: Transfer): Promise<string>;
  /** Ends an upload permanently. */
  terminate(url: string): void;
}

/** An upload was refused or has failed. */
export class TransferError extends Error {
  override readonly name = "TransferError";
  /** The status of the answer; absent without one. */
  readonly status: number | undefined;
  /** The time that the server asks for before the next attempt, in ms. */
  readonly retry: number | undefined;
  /** Whether the content could not be read. */
  readonly isUnreadable: boolean;

  constructor(
    message: string,
    { status, retry, isUnreadable = false }: {
      status?: number | undefined;
      retry?: number | undefined;
      isUnreadable?: boolean;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.retry = retry;
    this.isUnreadable = isUnreadable;
  }
}
