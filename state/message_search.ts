import type { Message, SearchCommand } from "../protocol/mod.ts";

/** The result of a search. */
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
