import { sameText, type Session } from "./session.ts";

/** The server's password, which is needed to enter; there may be none. */
export class ServerPassword {
  /** The password in NFC; undefined if there is none. */
  readonly text: string | undefined;

  constructor(text: string | undefined) {
    this.text = text?.normalize("NFC");
  }

  /** Returns whether `text` is the password; always true if there is none. */
  is(text: string): boolean {
    return this.text === undefined || sameText(text.normalize("NFC"), this.text);
  }

  /** Returns whether somebody may enter who gives this password, or else has this session. */
  admits(password: string | undefined, session: Session | undefined): boolean {
    if (password) return this.is(password);
    return this.text === undefined || session?.entered === true;
  }

  /** Parses Basic's second part; undefined if it lacks the password. */
  split(text: string): { secret?: string } | undefined {
    if (this.text === undefined) return { secret: text };
    const second = text.normalize("NFC");
    const start = this.text.length + 1;
    if (sameText(second, this.text)) return {};
    if (!sameText(second.slice(0, start), `${this.text}:`)) return undefined;
    return { secret: second.slice(start) };
  }
}
