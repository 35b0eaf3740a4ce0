/** The texts about removing what a person has written, which are loaded when they are needed. */
const en = {
  remove: "Remove messages…",
  removeIn: (place: string) => `Remove messages in ${place}…`,
  removeNow: "Remove messages",
  hint: (name: string) =>
    `What ${name} has written is deleted for everyone, in all rooms but direct messages. This can't be undone.`,
  hintIn: (name: string, place: string) =>
    `What ${name} has written in ${place} is deleted for everyone. This can't be undone.`,
  which: "Which messages?",
  also: "Remove their messages, too?",
  spans: { none: "None", hour: "Last hour", day: "Last day", all: "All" },
  alsoHint: "They are deleted for everyone, in all rooms but direct messages.",
  removed: (count: number, more: boolean) => {
    if (count === 0 && !more) return "There are no such messages.";
    const done = count === 1 ? "1 message removed." : `${count} messages removed.`;
    return more ? `${done} The others follow in the background.` : done;
  },
  auditRemovedMessages: (by: string, person: string, count: number, more: boolean) =>
    more
      ? `${by} began to remove messages of ${person}, ${count} so far`
      : count === 1
      ? `${by} removed 1 message of ${person}`
      : `${by} removed ${count} messages of ${person}`,
  auditRemovedMessagesIn: (sentence: string, room: string) => `${sentence} in ${room}`,
  deleteAccountHints: (name: string, messages: boolean): readonly string[] => [
    `${name} will be disconnected at once and logged out everywhere. This can't be undone.`,
    (messages
      ? "The messages are deleted for everyone, direct ones too."
      : "The messages stay, as those of a deleted person.") +
    " The name is free for everyone; to keep a person out, ban them first.",
  ],
  deleteMessagesToo: "Delete their messages, too",
};

const zh: typeof en = {
  remove: "删除消息…",
  removeIn: (place) => `删除在 ${place} 的消息…`,
  removeNow: "删除消息",
  hint: (name) => `${name} 在所有房间（私信除外）写的消息将对所有人删除。此操作无法撤销。`,
  hintIn: (name, place) => `${name} 在 ${place} 写的消息将对所有人删除。此操作无法撤销。`,
  which: "哪些消息？",
  also: "同时删除对方的消息？",
  spans: { none: "不删除", hour: "最近一小时", day: "最近一天", all: "全部" },
  alsoHint: "消息将在所有房间（私信除外）对所有人删除。",
  removed: (count, more) => {
    if (count === 0 && !more) return "没有这样的消息。";
    return more ? `已删除 ${count} 条消息，其余的将在后台删除。` : `已删除 ${count} 条消息。`;
  },
  auditRemovedMessages: (by, person, count, more) =>
    more
      ? `${by} 开始删除 ${person} 的消息，目前已删除 ${count} 条`
      : `${by} 删除了 ${person} 的 ${count} 条消息`,
  auditRemovedMessagesIn: (sentence, room) => `${sentence}（${room}）`,
  deleteAccountHints: (name, messages) => [
    `${name} 会立即断开连接，并在所有设备上退出登录。此操作无法撤销。`,
    (messages ? "消息（包括私信）将对所有人删除。" : "消息会保留，显示为由已删除的用户所写。") +
    "昵称将可供任何人使用；如需阻止对方进入，请先封禁。",
  ],
  deleteMessagesToo: "同时删除对方的消息",
};

/** The texts about removing messages. */
export type RemovalStrings = typeof en;

/** The texts by language. */
export const REMOVAL_STRINGS: Readonly<Record<"en" | "zh", RemovalStrings>> = { en, zh };
