import type { Ending } from "./close_reasons.ts";

/** The most bytes of UTF-8 of a close frame's reason, by RFC 6455, section 5.5. */
const REASON_BYTES = 123;

/** Closes a socket. A reason that a close frame can't hold is cut: some quote texts of people. */
export function closeSocket(socket: WebSocket, { code, reason }: Ending): void {
  socket.close(code, cut(reason));
}

function cut(reason: string): string {
  const bytes = new TextEncoder().encode(reason);
  if (bytes.length <= REASON_BYTES) return reason;
  // Of a character that is cut, a stream decodes nothing.
  return new TextDecoder().decode(bytes.subarray(0, REASON_BYTES), { stream: true });
}
