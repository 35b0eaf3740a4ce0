import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { readSetting } from "../../protocol/setting_commands.ts";
import type { Setting } from "../../protocol/settings.ts";
import { Audit } from "../audit.ts";
import { type EventOutcome, refused, refusedMuted, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { StoredSettings } from "../settings.ts";

/** A setting of the chat changes. Each is an event of its own: of two at once the last one counts. */
export type SettingEvent = {
  readonly type: "setting";
  /** The admin who wants it. */
  readonly by: string;
} & Setting;

export const settingKind: Kind<SettingEvent> = {
  parse({ setting, value, by }: Fields): SettingEvent | undefined {
    const read = readSetting(setting, value);
    return isText(by) && typeof read !== "string" ? { type: "setting", by, ...read } : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const settings = new StoredSettings(db);
    const audit = new Audit(db);
    return each((event, at): EventOutcome => {
      const { by, setting, value } = event;
      if (!permissions.mayAdminister(by)) return refused("forbidden", "it is for admins");
      const isShown = setting === "name" || setting === "welcome";
      const muted = isShown ? refusedMuted(permissions.muteOf(by, at)) : undefined;
      if (muted !== undefined) return muted;
      if (String(settings.read()[setting]) === String(value)) return UNCHANGED;
      settings.set(event);
      audit.add({ at, by, action: "set", detail: `${setting}: ${value}` });
      const line = { type: "chat", chat: settings.read() } as const;
      // The close reason informs people who may not be here any more.
      const recheck = setting === "entry" && value === "invite"
        ? [{ type: "recheck" } as const]
        : [];
      return { type: "changed", effects: [{ type: "send", to: "everyone", line }, ...recheck] };
    });
  },
};
