import type { JSX } from "preact";
import { loadLaterStyle } from "./later_style.ts";
import { LoadFailed, useLoaded } from "./lazy.tsx";

/** Loads the page for the password, which most servers don't have. */
const loadLogin = async () => {
  const [part] = await Promise.all([import("./login.tsx"), loadLaterStyle()]);
  return part;
};

/** The page that asks for the server's password, as soon as it is loaded. */
export function LoginPlace(): JSX.Element {
  const part = useLoaded(loadLogin);
  if (part === "failed") return <LoadFailed />;
  return part === undefined ? <main class="login" aria-busy="true"></main> : <part.Login />;
}
