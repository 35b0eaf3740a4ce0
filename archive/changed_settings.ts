import { DEFAULT_ROOM } from "../protocol/mod.ts";
import type { Database } from "../state/database.ts";
import { StoredSettings } from "../state/settings.ts";
import type { ArchiveLine } from "./format.ts";

/** Makes the lines of the settings that are not those of a new chat. */
export function* changedSettings(db: Database["db"]): Generator<ArchiveLine> {
  const { name, welcome, createRooms, guests, entry, ...rest } = new StoredSettings(db).read();
  const { defaultRooms, previews, keepDays } = rest;
  if (name !== "") yield { type: "setting", setting: "name", value: name };
  if (welcome !== "") yield { type: "setting", setting: "welcome", value: welcome };
  if (createRooms !== "everyone") {
    yield { type: "setting", setting: "createRooms", value: createRooms };
  }
  if (!guests) yield { type: "setting", setting: "guests", value: guests };
  if (entry !== "open") yield { type: "setting", setting: "entry", value: entry };
  if (defaultRooms.join() !== DEFAULT_ROOM) {
    yield { type: "setting", setting: "defaultRooms", value: defaultRooms };
  }
  if (previews) yield { type: "setting", setting: "previews", value: previews };
  if (keepDays !== 0) yield { type: "setting", setting: "keepDays", value: keepDays };
}
