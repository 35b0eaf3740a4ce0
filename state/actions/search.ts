import type { FoundLine, SearchCommand } from "../../protocol/mod.ts";
import { type ActionHandlers, errorLine } from "./action.ts";

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
