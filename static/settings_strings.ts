/** The texts of the settings, which are loaded when they are needed. */
const en = {
  theme: "Appearance",
  logout: "Log out",
  profile: "Your profile and settings",
  saveName: "Save",
  nameSaved: "Saved.",
  addSecret: "Set a password for this name",
  changeSecret: "Change the password of this name",
  oldSecret: "Current password",
  wrongOldSecret: "Wrong password.",
  noOldSecret: "This name has a password. Enter it to change it.",
  saveSecret: "Save password",
  secretSaved: "Password saved.",
  newSecretHint:
    "Anyone with this password can use your name. Your other devices will ask for the new one.",
  logoutHint:
    "You'll be logged out in this browser. If your name has no password, you won't get it back.",
  themeAuto: "System",
  themeLight: "Light",
  themeDark: "Dark",
  languageChoice: "Language",
  languageAuto: "Browser default",
  sound: "Sound for new messages",
  notifications: "Notify me of mentions and replies",
  newSecret: "New password",
  secretHint: "Anyone with this password can use your name, on any device.",
  notificationProblems: {
    blocked: "Blocked in your browser's settings.",
    insecure: "Notifications require HTTPS.",
  },
};

const zh: typeof en = {
  theme: "外观",
  logout: "退出登录",
  profile: "个人资料与设置",
  saveName: "保存",
  nameSaved: "已保存。",
  addSecret: "为昵称设置密码",
  changeSecret: "更改昵称密码",
  oldSecret: "当前密码",
  wrongOldSecret: "密码不正确。",
  noOldSecret: "该昵称已设有密码，请先输入当前密码。",
  saveSecret: "保存密码",
  secretSaved: "密码已保存。",
  newSecretHint: "任何知道此密码的人，都可以使用你的昵称。其他设备需要用新密码重新登录。",
  logoutHint: "你将在此浏览器中退出登录。未设置密码的昵称无法找回。",
  themeAuto: "跟随系统",
  themeLight: "浅色",
  themeDark: "深色",
  languageChoice: "语言",
  languageAuto: "跟随浏览器",
  sound: "新消息提示音",
  notifications: "有人 @ 我时通知我",
  newSecret: "新密码",
  secretHint: "任何知道此密码的人，都可以在任意设备上使用你的昵称。",
  notificationProblems: {
    blocked: "浏览器设置已禁止通知。",
    insecure: "通知功能需要 HTTPS。",
  },
};

/** The texts by language. */
export const SETTINGS_STRINGS: Readonly<Record<"en" | "zh", typeof en>> = { en, zh };
