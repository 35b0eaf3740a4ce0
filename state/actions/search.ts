import type { FoundLine, Message } from "../../protocol/mod.ts";
import type { SearchCommand } from "../../protocol/search.ts";
import { type ActionHandlers, errorLine } from "./action.ts";

/** What comes of a search. */
export type SearchOutcome =
  | { readonly type: "found"; readonly messages: readonly Message[]; readonly next?: string }
  /** It continues from no result. */
  | { readonly type: "invalid" }
  /** There are too many searches. */
  | { readonly type: "refused"; readonly retry: number }
  | { readonly type: "failed" };

/** Finds messages that a person may read. */
export interface MessageSearch {
  /** @param network The network of the connection, which shares its turns with others. */
  find(
    search: Omit<SearchCommand, "type" | "id"> & { readonly person: string },
    network: string,
  ): Promise<SearchOutcome>;
}

/** Finds nothing: there is no index. */
export const NO_SEARCH: MessageSearch = { find: () => Promise.resolve({ type: "failed" }) };

/** The commands of the capability of searching. */
export const SEARCH_ACTIONS: ActionHandlers<SearchCommand> = {
  search: async ({ id, text, limit, before, offset }, { person, network, search }) => {
    const where = before === undefined ? {} : { before };
    const when = offset === undefined ? {} : { offset };
    const outcome = await search.find({ person, text, limit, ...where, ...when }, network);
    switch (outcome.type) {
      case "invalid":
        return errorLine("bad_value", "before must be the next of an answer", id);
      case "failed":
        return errorLine("storage", "the search is not available, try again in a while", id);
      case "refused": {
        const line = errorLine("rate_limited", "there are too many searches", id);
        return { ...line, retry: Math.ceil(outcome.retry) };
      }
      case "found": {
        const { messages, next } = outcome;
        const line: FoundLine = {
          type: "found",
          ...(id !== undefined && { id }),
          ...{ messages, more: next !== undefined },
          ...(next !== undefined && { next }),
        };
        return line;
      }
    }
  },
};
