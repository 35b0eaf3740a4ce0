/** The texts about one's own account in the settings, which are loaded when they are needed. */
const en = {
  pictures: {
    picture: { choose: "Choose a picture…", remove: "Remove picture" },
    icon: { choose: "Choose an icon…", remove: "Remove icon" },
  },
  crop: {
    title: "Part of the picture",
    part: "Part that is shown: arrow keys move the picture, + and − change its size",
    zoom: "Zoom",
    use: "Use this part",
  },
  pictureSaved: "Saved.",
  noPicture: "This file is no picture that can be shown here.",
  about: "One line about you",
  aboutHint: "Such as what you do, or when you are here",
  aboutSave: "Save line",
  sessions: "Where you are logged in",
  thisOne: "This device",
  unknownDevice: "Another program",
  device: (parts: readonly string[]) => parts.join(" on "),
  since: (day: string) => `Logged in on ${day}`,
  usedToday: "last used today",
  usedOn: (day: string) => `last used on ${day}`,
  end: "Log out",
  endOf: (device: string, since: string) => `Log out: ${device}. ${since}`,
  ended: "Logged out there.",
  endOthers: "Log out everywhere else",
  endOthersQuestion: (n: number) =>
    `Log out ${n === 1 ? "1 other device" : `${n} other devices`} at once? ` +
    "If your name has no password, you can't log in there again.",
  othersEnded: "Logged out everywhere else.",
  showAll: (n: number) => `Show all ${n}`,

  deleteAccount: "Delete account",
  deleteNow: "Delete account for good",
  deleteHint: "This can't be undone.",
  yourMessages: "Your messages",
  messages: { keep: "Stay", delete: "Are deleted" },
  deleteHints: (name: string, messages: "keep" | "delete"): readonly string[] => [
    "You are logged out on all devices, and your rooms, settings and password are deleted.",
    messages === "keep"
      ? "Your messages stay. They are shown as written by a deleted person."
      : "Your messages are deleted for everyone, direct ones too. With many, it takes a while.",
    `The name ${name} is free for everyone.`,
  ],
  typeName: (name: string) => `Type ${name} to confirm`,
  typeNameProblem: "This is not your name.",
};

const zh: typeof en = {
  pictures: {
    picture: { choose: "选择头像…", remove: "移除头像" },
    icon: { choose: "选择图标…", remove: "移除图标" },
  },
  crop: {
    title: "图片的部分区域",
    part: "显示的区域：用方向键移动图片，用 + 和 − 缩放",
    zoom: "缩放",
    use: "使用此区域",
  },
  pictureSaved: "已保存。",
  noPicture: "此文件不是可以显示的图片。",
  about: "一句话介绍自己",
  aboutHint: "例如你的职责，或在线时间",
  aboutSave: "保存简介",
  sessions: "登录的设备",
  thisOne: "此设备",
  unknownDevice: "其他程序",
  device: (parts) => [...parts].reverse().join(" 上的 "),
  since: (day) => `${day} 登录`,
  usedToday: "今天使用过",
  usedOn: (day) => `上次使用：${day}`,
  end: "退出登录",
  endOf: (device, since) => `退出登录：${device}，${since}`,
  ended: "已在该设备上退出登录。",
  endOthers: "退出所有其他设备",
  endOthersQuestion: (n) =>
    `要立即退出其他 ${n} 台设备吗？如果你的昵称没有密码，将无法在那里再次登录。`,
  othersEnded: "已退出所有其他设备。",
  showAll: (n) => `显示全部 ${n} 台`,

  deleteAccount: "删除账号",
  deleteNow: "永久删除账号",
  deleteHint: "此操作无法撤销。",
  yourMessages: "你的消息",
  messages: { keep: "保留", delete: "删除" },
  deleteHints: (name, messages) => [
    "你会在所有设备上退出登录，你的房间列表、设置和密码都会被删除。",
    messages === "keep"
      ? "你的消息会保留，显示为由已删除的用户所写。"
      : "你的消息（包括私信）将对所有人删除；消息很多时需要一些时间。",
    `昵称 ${name} 将可供任何人使用。`,
  ],
  typeName: (name) => `输入 ${name} 以确认`,
  typeNameProblem: "这不是你的昵称。",
};

/** The texts about one's own account. */
export type AccountStrings = typeof en;

/** The texts by language. */
export const ACCOUNT_STRINGS: Readonly<Record<"en" | "zh", AccountStrings>> = { en, zh };
