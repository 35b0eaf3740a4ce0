/**
 * Names the modules of the first view. Each part of the page that is loaded later imports this, so that the bundler
 * puts all that they share into one file: in many small ones it is compressed less, by 4 kB of 80.
 *
 * @module
 */
import "../state/chat.ts";
import "./account/forget.ts";
import "./attention.ts";
import "./avatar.tsx";
import "./composer.tsx";
import "./context.ts";
import "./dialog.tsx";
import "./files/attach.tsx";
import "./lazy.tsx";
import "./leave.tsx";
import "./log.tsx";
import "./message_files.tsx";
import "./name_form.tsx";
import "./people.tsx";
import "./room_header.tsx";
import "./shortcuts.ts";
import "./sidebar.tsx";
import "./status.tsx";
import "./switcher.tsx";
import "./toast.tsx";
import "./typing.tsx";
import "./unknown_room.tsx";
import "./welcome.tsx";
