/** Everything the page says, in one place for each language. */
const en = {
  language: "English",
  appName: "Hubbub",
  skip: "Skip to the message box",

  messages: "Messages",
  message: "Message",
  messageTo: (room: string) => `Message #${room}`,
  send: "Send",
  rooms: "Rooms",
  people: "People",
  connection: "Connection",
  yourName: "Your name",

  connecting: "Connecting …",
  connected: "Connected",
  closed: "Connection closed.",
  reconnecting: "Connecting again …",
  offline: "You are offline. What you write is sent as soon as you are back.",
  tryNow: "Try now",
  outdated: "Hubbub was updated.",
  reload: "Load the new page",

  emptyRoom: "Nothing here yet.",
  emptyRoomHint: "Be the first to say something.",
  loadingRoom: "Opening the room …",
  beginning: (room: string) => `This is where #${room} begins.`,
  loadingOlder: "Loading older messages …",
  unreadLine: "New",
  newMessages: (n: number) =>
    n === 0 ? "To the newest" : n === 1 ? "1 new message" : `${n} new messages`,
  toUnread: "To the first new message",
  unreadIn: (n: number) => n === 1 ? "1 unread message" : `${n} unread messages`,
  mentioned: "You are mentioned",
  today: "Today",
  yesterday: "Yesterday",

  sending: "Sending …",
  failed: "Not sent:",
  retry: "Try again",
  discard: "Delete",
  copyCode: "Copy",
  copied: "Copied",

  joined: (name: string) => `${name} came in`,
  left: (name: string) => `${name} left`,
  renamed: (was: string, name: string) => `${was} is now ${name}`,
  typing: (names: readonly string[]) =>
    `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} typing …`,
  manyTyping: "Several people are typing …",
  here: (n: number) => n === 1 ? "1 person here" : `${n} people here`,
  more: (n: number) => `and ${n} more`,
  you: "you",

  openRooms: "Open the list of rooms",
  close: "Close",
  showPeople: "Show who is here",
  hidePeople: "Hide who is here",
  leaveRoom: "Leave this room",
  findRoom: "Find or create a room",
  roomName: "Room",
  roomNameHint: "a–z, 0-9, _ and -",
  roomBad: "A room's name has 1 to 64 of a–z, 0–9, _ and -.",
  enter: "Enter",
  create: (room: string) => `Create #${room}`,
  allRooms: "All rooms",
  noRooms: "No other rooms so far.",
  isIn: "you are in it",

  welcome: "Welcome!",
  welcomeHint: "How shall the others know you?",
  saveName: "Save",
  cancel: "Cancel",
  stayGuest: (name: string) => `Stay ${name}`,
  addSecret: "Keep this name for other devices",
  secret: "Secret",
  secretHint: "Like a password for your name: who knows it is you, on any device.",
  nameSaved: "Saved.",
  password: "Password of this server",
  loginHint: "This server asks for its password.",
  enterServer: "Come in",
  logout: "Log out",
  logoutHint: "This browser forgets who you are. A name without a secret can't be had back.",

  settings: "Settings",
  theme: "Appearance",
  themeAuto: "As the system",
  themeLight: "Light",
  themeDark: "Dark",
  languageChoice: "Language",
  languageAuto: "As the browser",
  sound: "Sound for new messages",
  notifications: "Notify me when I am mentioned",
  notificationsDenied: "Your browser does not allow it for this page.",
  notificationsAsk: "You were mentioned. Shall Hubbub notify you when that happens again?",
  turnOn: "Turn on",
  notNow: "Not now",
  shortcuts: "Keyboard shortcuts",
  shortcutList: {
    send: "Send the message",
    newline: "New line",
    complete: "Complete a name or an emoji",
    find: "Find or create a room",
    next: "Next or previous room",
    unread: "Next unread room",
    compose: "To the message box",
    scroll: "Scroll through the messages",
    newest: "To the newest message",
    help: "This list",
    close: "Close, or to the newest message",
  },
  formatting: "Formatting",
  formattingList: {
    strong: "**bold**",
    em: "*italic*",
    code: "`code`",
    quote: "> quote",
    list: "- list",
    emoji: ":tada: for an emoji",
    mention: "@name to mention somebody",
  },
  suggestions: "Suggestions",
  tooLong: (over: number) => `Too long by ${over} bytes`,

  errors: {
    name_taken: "Somebody else has this name.",
    name_taken_hint: "If it is yours, enter its secret.",
    bad_name:
      "That can't be a name: it has 1 to 32 characters that can be seen, no colon, no space at the ends, and does not begin with “guest-”.",
    bad_secret: "The secret does not fit this name.",
    wrong_password: "That is not the password of this server.",
    bad_room: "A room's name has 1 to 64 of a–z, 0–9, _ and -.",
    too_many: "There are too many rooms.",
    too_long: "it is too long.",
    empty: "there is nothing in it.",
    storage: "the server can't store messages now.",
    rate_limited: "Too much at once. Try again in a moment.",
    offline: "There is no connection. Try again in a moment.",
    other: "The server refused it.",
  },
};

/** The words of a language. */
export type Strings = typeof en;

const zh: Strings = {
  language: "简体中文",
  appName: "Hubbub",
  skip: "跳到输入框",

  messages: "消息",
  message: "消息内容",
  messageTo: (room) => `发送到 #${room}`,
  send: "发送",
  rooms: "房间",
  people: "成员",
  connection: "连接状态",
  yourName: "你的名字",

  connecting: "正在连接…",
  connected: "已连接",
  closed: "连接已断开。",
  reconnecting: "正在重新连接…",
  offline: "你已离线。恢复联网后，写好的消息会立即发出。",
  tryNow: "立即重试",
  outdated: "Hubbub 已更新。",
  reload: "加载新页面",

  emptyRoom: "这里还没有消息。",
  emptyRoomHint: "来说第一句话吧。",
  loadingRoom: "正在打开房间…",
  beginning: (room) => `#${room} 从这里开始。`,
  loadingOlder: "正在加载更早的消息…",
  unreadLine: "新消息",
  newMessages: (n) => n === 0 ? "回到最新消息" : `${n} 条新消息`,
  toUnread: "跳到第一条新消息",
  unreadIn: (n) => `${n} 条未读消息`,
  mentioned: "有人提到你",
  today: "今天",
  yesterday: "昨天",

  sending: "发送中…",
  failed: "未发送：",
  retry: "重试",
  discard: "删除",
  copyCode: "复制",
  copied: "已复制",

  joined: (name) => `${name} 来了`,
  left: (name) => `${name} 离开了`,
  renamed: (was, name) => `${was} 改名为 ${name}`,
  typing: (names) => `${names.join("和")} 正在输入…`,
  manyTyping: "好几个人正在输入…",
  here: (n) => `${n} 人在线`,
  more: (n) => `还有 ${n} 人`,
  you: "你",

  openRooms: "打开房间列表",
  close: "关闭",
  showPeople: "显示在线成员",
  hidePeople: "隐藏在线成员",
  leaveRoom: "离开这个房间",
  findRoom: "查找或新建房间",
  roomName: "房间名",
  roomNameHint: "a–z、0–9、_ 和 -",
  roomBad: "房间名由 1 到 64 个 a–z、0–9、_ 或 - 组成。",
  enter: "进入",
  create: (room) => `新建 #${room}`,
  allRooms: "所有房间",
  noRooms: "还没有别的房间。",
  isIn: "已加入",

  welcome: "欢迎！",
  welcomeHint: "大家该怎么称呼你？",
  saveName: "保存",
  cancel: "取消",
  stayGuest: (name) => `先用 ${name}`,
  addSecret: "在其他设备上也用这个名字",
  secret: "口令",
  secretHint: "相当于名字的密码：知道它的人，在任何设备上都是你。",
  nameSaved: "已保存。",
  password: "服务器密码",
  loginHint: "进入这个服务器需要密码。",
  enterServer: "进入",
  logout: "退出",
  logoutHint: "这个浏览器将不再记得你。没有口令的名字无法找回。",

  settings: "设置",
  theme: "外观",
  themeAuto: "跟随系统",
  themeLight: "浅色",
  themeDark: "深色",
  languageChoice: "语言",
  languageAuto: "跟随浏览器",
  sound: "新消息提示音",
  notifications: "有人提到我时通知我",
  notificationsDenied: "浏览器不允许此页面发送通知。",
  notificationsAsk: "有人提到了你。下次要通知你吗？",
  turnOn: "开启",
  notNow: "暂不",
  shortcuts: "键盘快捷键",
  shortcutList: {
    send: "发送消息",
    newline: "换行",
    complete: "补全名字或表情",
    find: "查找或新建房间",
    next: "下一个或上一个房间",
    unread: "下一个有未读消息的房间",
    compose: "跳到输入框",
    scroll: "滚动消息",
    newest: "回到最新消息",
    help: "显示此列表",
    close: "关闭，或回到最新消息",
  },
  formatting: "格式",
  formattingList: {
    strong: "**粗体**",
    em: "*斜体*",
    code: "`代码`",
    quote: "> 引用",
    list: "- 列表",
    emoji: ":tada: 输入表情",
    mention: "@名字 提到某人",
  },
  suggestions: "建议",
  tooLong: (over) => `超出 ${over} 字节`,

  errors: {
    name_taken: "这个名字已经有人用了。",
    name_taken_hint: "如果它是你的，请输入口令。",
    bad_name:
      "不能用作名字：须为 1 到 32 个可见字符，不含冒号，首尾无空格，也不能以 “guest-” 开头。",
    bad_secret: "口令与名字不符。",
    wrong_password: "服务器密码不正确。",
    bad_room: "房间名由 1 到 64 个 a–z、0–9、_ 或 - 组成。",
    too_many: "房间太多了。",
    too_long: "内容太长。",
    empty: "没有内容。",
    storage: "服务器暂时无法保存消息。",
    rate_limited: "操作太快了，请稍后再试。",
    offline: "当前没有连接，请稍后再试。",
    other: "服务器拒绝了此操作。",
  },
};

/** A language of the page. */
export type Language = "en" | "zh";

/** The words by language. */
export const STRINGS: Readonly<Record<Language, Strings>> = { en, zh };

/** The tag of a language for the document. */
export const LANGUAGE_TAGS: Readonly<Record<Language, string>> = { en: "en", zh: "zh-Hans" };

/** The first language of a browser's list that the page has, or English. */
export function preferredLanguage(languages: readonly string[]): Language {
  for (const tag of languages) {
    const [language] = tag.toLowerCase().split("-", 1);
    if (language === "en" || language === "zh") return language;
  }
  return "en";
}

/** The words for an error's code. */
export function errorWords({ errors }: Strings, code: string): string {
  for (const [known, words] of Object.entries(errors)) if (known === code) return words;
  return errors.other;
}
