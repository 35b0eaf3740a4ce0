/** The texts of the pages of links: loaded with them. */
import type { Language } from "./strings.ts";

const en = {
  checking: "Checking the link…",
  toChat: "Go to the chat",
  claimTitle: "Take charge of this chat",
  claimHint:
    "You will be its first admin. Choose your name, and a password with which you can log in on any device.",
  newSecret: "New password",
  secretHint: "At least 8 characters. If the name is already yours, enter its password.",
  claimNow: "Become the admin",
  claimed: "You're in charge now.",
  inviteTitle: "You're invited",
  inviteHint: "Choose a name, and a password with which you can log in on any device.",
  joinNow: "Join",
  joinAs: (name: string) => `Join as ${name}`,
  inviteKnown: (name: string) => `You are logged in as ${name}.`,
  otherName: "Use another name",
  resetTitle: "Set a new password",
  resetHint: (name: string) =>
    `For the name ${name}. Your devices will be logged out, and ask for the new password.`,
  resetSecretHint: "At least 8 characters.",
  resetNow: "Save password",
  resetDone: "Password saved.",
  firstSteps: "First steps",
  nameChat: "Name your chat",
  invite: "Invite people",
  makeRoom: "Make a room",
};

/** The texts of the pages of links in a language. */
export type LinkStrings = typeof en;

const zh: LinkStrings = {
  checking: "正在检查链接…",
  toChat: "进入聊天",
  claimTitle: "接管此聊天",
  claimHint: "你将成为第一位管理员。请设置昵称和密码，之后可用它们在任何设备上登录。",
  newSecret: "新密码",
  secretHint: "至少 8 个字符。如果这个昵称已经是你的，请输入它的密码。",
  claimNow: "成为管理员",
  claimed: "你现在是管理员了。",
  inviteTitle: "你收到了邀请",
  inviteHint: "请设置昵称和密码，之后可用它们在任何设备上登录。",
  joinNow: "加入",
  joinAs: (name) => `以 ${name} 的身份加入`,
  inviteKnown: (name) => `你已以 ${name} 的身份登录。`,
  otherName: "使用其他昵称",
  resetTitle: "设置新密码",
  resetHint: (name) => `用于昵称 ${name}。你的设备将退出登录，并要求输入新密码。`,
  resetSecretHint: "至少 8 个字符。",
  resetNow: "保存密码",
  resetDone: "密码已保存。",
  firstSteps: "第一步",
  nameChat: "为聊天命名",
  invite: "邀请他人",
  makeRoom: "新建房间",
};

/** The texts of the pages of links by language. */
export const LINK_STRINGS: Readonly<Record<Language, LinkStrings>> = { en, zh };
