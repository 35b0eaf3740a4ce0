import type { Gallery } from "./gallery.ts";

/** Brings the page into a state; each begins where the one before it ended. */
export interface View {
  readonly name: string;
  readonly show: (gallery: Gallery) => Promise<void>;
  /** Whether it is shown in wide windows alone, or on phones alone. */
  readonly only?: "wide" | "phone";
}
