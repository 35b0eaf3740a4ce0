import type { RemoveMessagesCommand } from "../../protocol/mod.ts";

/** The span of a person's messages to remove. */
export type RemovalSpan = "none" | "hour" | "day" | "all";

const SECONDS: Readonly<Record<"hour" | "day", number>> = { hour: 3600, day: 86_400 };

/** The command that removes the messages of a person, in one room or everywhere; `undefined` for none of them. */
export function removalOf(
  person: string,
  span: RemovalSpan,
  room?: string,
): RemoveMessagesCommand | undefined {
  if (span === "none") return undefined;
  return {
    ...{ type: "remove_messages", person },
    ...(room !== undefined && { room }),
    ...(span !== "all" && { within: SECONDS[span] }),
  };
}
