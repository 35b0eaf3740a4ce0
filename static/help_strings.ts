/** The texts of the list of shortcuts and of the markup, which come with it. */
const en = {
  shortcutList: {
    send: "Send message",
    newline: "New line",
    complete: "Autocomplete a name or emoji",
    editLast: "Edit your last message, in an empty message box",
    find: "Find or create a room",
    search: "Search messages; twice: the browser's search",
    next: "Next or previous room",
    unread: "Next or previous unread room",
    compose: "Focus the message box",
    scroll: "Scroll through messages",
    actions: "Message actions, in the list of messages",
    newest: "Jump to latest",
    help: "Show shortcuts",
    close: "Close, or jump to latest",
  },
  formatting: "Formatting",
  formattingList: {
    strong: "**bold**",
    em: "*italic*",
    code: "`code`",
    block: "```js\na block of code\n```",
    quote: "> quote",
    list: "- list",
    heading: "## heading",
    table: "| a | table |\n| - | - |\n| 1 | 2 |",
    spoiler: "||spoiler||",
    emoji: ":tada: for an emoji",
    mention: "@name to mention someone",
    room: "#room to link to a room",
  },
};

/** The texts of a language. */
export type HelpStrings = typeof en;

const zh: HelpStrings = {
  shortcutList: {
    send: "发送消息",
    newline: "换行",
    complete: "补全昵称或表情",
    editLast: "编辑自己的上一条消息（输入框为空时）",
    find: "查找或新建房间",
    search: "搜索消息；按两次使用浏览器的搜索",
    next: "下一个或上一个房间",
    unread: "下一个或上一个未读房间",
    compose: "跳到输入框",
    scroll: "滚动消息",
    actions: "消息操作（在消息列表中）",
    newest: "跳到最新消息",
    help: "显示快捷键",
    close: "关闭，或跳到最新消息",
  },
  formatting: "格式",
  formattingList: {
    strong: "**粗体**",
    em: "*斜体*",
    code: "`代码`",
    block: "```js\n代码块\n```",
    quote: "> 引用",
    list: "- 列表",
    heading: "## 标题",
    table: "| 一个 | 表格 |\n| - | - |\n| 1 | 2 |",
    spoiler: "||剧透||",
    emoji: ":tada: 输入表情",
    mention: "@昵称 提到某人",
    room: "#房间 链接到房间",
  },
};

/** The texts by language. */
export const HELP_STRINGS: Readonly<Record<"en" | "zh", HelpStrings>> = { en, zh };
