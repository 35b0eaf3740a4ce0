import { Menu as MenuIcon } from "lucide-preact";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { type AdminTab, useApp, useStrings } from "./context.ts";
import { IconButton } from "./icon_button.tsx";
import { loadLaterStyle } from "./later_style.ts";
import { LoadFailed, useLoaded } from "./lazy.tsx";
import { placeOf } from "./room_label.tsx";

/** Loads the view of the administration, a part of the page that only moderators and admins need. */
async function loadAdministration(): Promise<typeof import("./admin/administration.tsx")> {
  const [part] = await Promise.all([import("./admin/administration.tsx"), loadLaterStyle()]);
  return part;
}

/** The title of the administration, in the place of a room's. */
export function AdminHeader(): JSX.Element {
  const { drawer } = useApp();
  const strings = useStrings();
  const title = useRef<HTMLHeadingElement>(null);
  // The keyboard continues from here, and a screen reader announces the place.
  useLayoutEffect(() => title.current?.focus(), []);
  return (
    <header class="room-header">
      <IconButton
        class="drawer-only"
        label={strings.openRooms}
        aria-expanded={drawer.value}
        onClick={() => drawer.value = true}
      >
        <MenuIcon aria-hidden="true" />
      </IconButton>
      <h1 ref={title} tabIndex={-1}>{strings.administration}</h1>
    </header>
  );
}

/** The administration as soon as it is loaded, for those who may see it. */
export function AdminPlace({ tab }: { tab: AdminTab }): JSX.Element | null {
  const app = useApp();
  const { chat } = app;
  const strings = useStrings();
  const mayAdminister = chat.access.current.value?.may.administer;
  const part = useLoaded(mayAdminister ? loadAdministration : undefined);

  if (mayAdminister === undefined) return <div class="admin" aria-busy="true"></div>;
  if (!mayAdminister) {
    return (
      <div class="admin admin-note">
        <p>{strings.adminsOnly}</p>
        <a href={`#/${chat.active.value.name}`}>
          {strings.backTo(placeOf(app, chat.active.value))}
        </a>
      </div>
    );
  }
  if (part === "failed") return <LoadFailed />;
  if (part === undefined) return <div class="admin" aria-busy="true"></div>;
  return <part.AdministrationRegion tab={tab} />;
}
