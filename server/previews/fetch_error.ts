/** The reasons for which a page is not read. */
export type FetchProblem =
  /** It is not on the public web, or on another port. */
  | "forbidden"
  /** There is no answer in time, or none that is a page. */
  | "failed";

/** A page was not read. */
export class FetchError extends Error {
  override readonly name = "FetchError";

  constructor(readonly problem: FetchProblem, reason: string) {
    super(`Cannot read a page: ${reason}`);
  }
}
