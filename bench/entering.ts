/**
 * How a connection of a load enters its room.
 *
 * @module
 */
import type { ServerProtocol } from "./formats.ts";
import { type Closure, RawSocket } from "../testing/raw_socket.ts";

const decoder = new TextDecoder();

/** The room to enter, and what is told of the connection. */
export interface EnterOptions {
  /** Of the server, on 127.0.0.1. */
  readonly port: number;
  readonly format: ServerProtocol;
  readonly room: string;
  /** Cuts the connection at its end. */
  readonly held: DisposableStack;
  /** Called when something has arrived, until {@linkcode RawSocket.onLines} is replaced. */
  onActivity(): void;
  /** Called when the connection has ended. */
  onEnd(ending: Closure): void;
}

/** Connects and enters a room; never resolves if the connection ends before that. */
export async function enterRoom(
  { port, format, room, held, onActivity, onEnd }: EnterOptions,
): Promise<RawSocket> {
  const { protocol } = format;
  const socket = held.use(await RawSocket.connect({ port, path: format.path(room), protocol }));
  const entered = Promise.withResolvers<void>();
  const steps = [...format.enter(room)];
  const goOn = () => {
    for (let step = steps[0]; step && "send" in step; step = steps[0]) {
      socket.send(step.send);
      steps.shift();
    }
    if (steps.length > 0) return;
    socket.onLines = onActivity;
    entered.resolve();
  };
  const ended = socket.receive((bytes, from, to) => {
    onActivity();
    for (const line of decoder.decode(bytes.subarray(from, to)).split("\n")) {
      const step = steps[0];
      if (!step || !("expect" in step) || !line.startsWith(step.expect)) continue;
      steps.shift();
      goOn();
    }
  });
  ended.then(onEnd);
  goOn();
  await entered.promise;
  return socket;
}
