import type { Chat } from "./chat.ts";
import type { NameAnswer } from "./chat_options.ts";
import { becoming, type Credentials, login, post } from "./session.ts";

/**
 * Sets or changes the secret of this person's name. That ends all their sessions, this browser's too: the login
 * that changes it brings the new cookie, before any tab connects again with the old one.
 *
 * @param base the page's address
 */
export async function savePassword(
  chat: Chat,
  base: string,
  { secret, old }: { readonly secret: string; readonly old?: string },
): Promise<NameAnswer> {
  const change = { name: chat.me.peek()?.name ?? "", secret, ...(old !== undefined && { old }) };
  // Without cookies only the connection is this person.
  if (!chat.store.isKept) return chat.takeName(change);
  return becoming(chat, await login(base, change));
}

/**
 * Deletes the account of this browser's person. Returns the code of an error.
 *
 * @param base the page's address
 */
export async function deleteAccount(
  base: string,
  form: Pick<Credentials, "name" | "secret"> & { readonly messages?: "keep" | "delete" },
): Promise<string | undefined> {
  const { status } = await post(base, form, "delete-account");
  switch (status) {
    case 204:
      return undefined;
    case 401:
      return "bad_secret";
    case 409:
      return "last_admin";
    case 429:
      return "too_many_attempts";
    default:
      return status === undefined ? "offline" : "other";
  }
}
