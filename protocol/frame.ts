/** The format of a client's lines: `hubbub.v1`, or plain. */
export type Format = "json" | "plain";

/** A text to be sent. All clients that receive it share one frame. */
export interface Frame {
  readonly text: string;
  /** The length of `text` in UTF-8 bytes. */
  readonly bytes: number;
}
