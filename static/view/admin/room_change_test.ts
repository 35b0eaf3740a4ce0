import { assertEquals } from "../../../testing/assert.ts";
import { AUDIT_STRINGS } from "../../audit_strings.ts";
import { ROOM_STRINGS } from "../../room_strings.ts";
import { roomChange } from "./room_change.ts";

const CHANGES = [
  ["title: Tea: green", "Title: Tea: green", "标题：Tea: green"],
  ["topic: ", "Topic: ", "主题："],
  ["posting: moderators", "Who may write: Moderators", "谁可以发言：仅版主"],
  ["guests: false", "Guests may write: no", "访客可以发言：否"],
  ["slow: 60", "Slow mode: 1 minute", "慢速模式：1 分钟"],
  ["keepDays: 30", "Keep messages: 30 days", "消息保留时间：30 天"],
  ["archived: true", "archived", "已归档"],
  ["archived: false", "reopened", "已重新开放"],
  ["posting: toString", "posting: toString", "posting: toString"],
  ["slow: never", "slow: never", "slow: never"],
  ["later: 1", "later: 1", "later: 1"],
  ["", "", ""],
] as const;

for (const [change, en, zh] of CHANGES) {
  Deno.test(`The audit log says what was changed in a room: "${change}"`, () => {
    for (const [language, expected] of [["en", en], ["zh", zh]] as const) {
      const words = { rooms: ROOM_STRINGS[language], audit: AUDIT_STRINGS[language] };
      assertEquals(roomChange(change, words), expected);
    }
  });
}
