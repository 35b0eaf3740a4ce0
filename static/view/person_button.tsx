import type { ComponentChildren, JSX } from "preact";
import type { User } from "../../protocol/mod.ts";
import { useApp, useStrings } from "./context.ts";

/** A person that can be clicked, which shows who that is and what can be done. */
export function PersonButton(
  { user, children, ...rest }: { user: User; children: ComponentChildren; tabIndex?: number },
): JSX.Element {
  const { dialog, person } = useApp();
  const strings = useStrings();
  return (
    <button
      type="button"
      class="person-button"
      title={strings.about(user.name)}
      onClick={() => {
        person.value = user;
        dialog.value = "person";
      }}
      {...rest}
    >
      {children}
    </button>
  );
}
