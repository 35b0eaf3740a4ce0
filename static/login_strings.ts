/** The texts of the page for a password or an invitation, which is loaded when it is needed. */
const en = {
  haveSecret: "My name has a password",
  loginHint: "This chat requires a password.",
  inviteOnly:
    "This chat is for people with an invitation. If you have one, open its link. If you have been here before, log in.",
  enterServer: "Join",
  waiting: "You are logged in. The chat opens when it is connected.",
};

const zh: typeof en = {
  haveSecret: "我的昵称有密码",
  loginHint: "进入此聊天需要密码。",
  inviteOnly: "此聊天仅限受邀请的人。如有邀请，请打开邀请链接；如果来过，请登录。",
  enterServer: "进入",
  waiting: "已登录。连接后将打开聊天。",
};

/** The texts by language. */
export const LOGIN_STRINGS: Readonly<Record<"en" | "zh", typeof en>> = { en, zh };
