/** The texts of the search, which is loaded when it is needed. */
const en = {
  title: "Search",
  field: "Search messages",
  hint: 'Words, "a phrase" or from:name',
  onlyHere: (room: string): string => `Only in ${room}`,
  results: "Messages found",
  found: (count: number, hasMore: boolean): string =>
    hasMore ? `The newest ${count} messages` : count === 1 ? "1 message" : `${count} messages`,
  nothing: "No message has all of this.",
  searching: "Searching…",
  showMore: "Show older messages",
  hidden: (name: string): string => `Message of ${name}, whom you ignore`,
  hiddenDirect: "Hidden direct message",
  howTo: "What you can search for",
  operators: [
    ["deploy tonight", "messages with all of these words"],
    ['"deploy tonight"', "these words next to each other"],
    ["deploy*", "words that begin like this"],
    ["from:ann", 'from a person; from:me, or from:"Ann Lee"'],
    ["in:lobby", "in a room, by its address or title"],
    ["has:file", "with files; has:image for those with pictures"],
    ["after:2026-03-01", "after a day, a month or a year"],
    ["before:2026-03", "before a day, a month or a year"],
  ] as [example: string, meaning: string][],
};

const zh: typeof en = {
  title: "搜索",
  field: "搜索消息",
  hint: "词语、“短语”或 from:名字",
  onlyHere: (room) => `仅在 ${room} 中`,
  results: "找到的消息",
  found: (count, hasMore) => hasMore ? `最新的 ${count} 条消息` : `${count} 条消息`,
  nothing: "没有符合条件的消息。",
  searching: "正在搜索…",
  showMore: "显示更早的消息",
  hidden: (name) => `${name} 的消息（你已屏蔽此人）`,
  hiddenDirect: "已隐藏的私信",
  howTo: "搜索方法",
  operators: [
    ["部署 今晚", "包含所有这些词的消息"],
    ['"部署 今晚"', "这些词紧挨着出现"],
    ["deploy*", "以此开头的单词"],
    ["from:ann", '某人发送的消息；也可用 from:me 或 from:"Ann Lee"'],
    ["in:lobby", "某个房间中的消息，用地址或标题"],
    ["has:file", "带有文件的消息；has:image 为带有图片的消息"],
    ["after:2026-03-01", "某天、某月或某年之后"],
    ["before:2026-03", "某天、某月或某年之前"],
  ],
};

/** The texts of the search. */
export type SearchStrings = typeof en;

/** The texts by language. */
export const SEARCH_STRINGS: Readonly<Record<"en" | "zh", SearchStrings>> = { en, zh };
