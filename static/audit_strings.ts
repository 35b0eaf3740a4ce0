/** The texts of the audit log: loaded with the administration. */
import type { Language } from "./strings.ts";

const en = {
  icon: {
    icon: (by: string) => `${by} changed the icon of the chat`,
    remove_icon: (by: string) => `${by} removed the icon of the chat`,
    remove_picture: (by: string, person: string) => `${by} removed the picture of ${person}`,
  },
  about: {
    madeAdmin: (by: string, person: string) => `${by} made ${person} an admin`,
    madeMember: (by: string, person: string) => `${by} removed ${person} as an admin`,
    muted: (by: string, person: string) => `${by} muted ${person} until further notice`,
    unmuted: (by: string, person: string) => `${by} unmuted ${person}`,
    banned: (by: string, person: string) => `${by} banned ${person}`,
    bannedNetwork: (by: string, person: string) => `${by} kept out a network of ${person}`,
    unbannedNetwork: (by: string, person: string) => `${by} let in a network of ${person}`,
    unbanned: (by: string, person: string) => `${by} lifted the ban on ${person}`,
    endedSessions: (by: string, person: string) => `${by} ended all sessions of ${person}`,
    rotatedKeys: (by: string) => `${by} replaced the signing key: everyone was logged out`,
    claimed: (by: string) => `${by} took charge with the link that the server printed`,
    madeReset: (by: string, person: string) =>
      `${by} made a link to reset the password of ${person}`,
    reset: (by: string) => `${by} set a new password with a link`,
    invited: (by: string) => `${by} made an invitation`,
    revoked: (by: string) => `${by} revoked an invitation`,
    deletedOwnAccount: () => "A person deleted their own account",
    actedOnReport: (by: string, person: string) => `${by} closed a report about ${person}`,
    dismissedReport: (by: string, person: string) => `${by} dismissed a report about ${person}`,
    removedAbout: (by: string, person: string) =>
      `${by} removed the line of ${person} about themselves`,
    openedReport: (by: string, person: string) =>
      `${by} looked at the files of a reported message of ${person}`,
    deletedMessage: (by: string, person: string) =>
      `${by} deleted a message of ${person} in a private room`,
    clearedReactions: (by: string, person: string) =>
      `${by} removed reactions of others to a message of ${person} in a private room`,
  },
  deletedAccount: (by: string, name: string) => `${by} deleted the account of ${name}`,
  mutedUntil: (by: string, person: string, time: string) => `${by} muted ${person} until ${time}`,
  renamed: (by: string, names: string) => `${by} renamed a person: ${names}`,
  name: (by: string, name: string) =>
    name === "" ? `${by} took away the name of the chat` : `${by} named the chat “${name}”`,
  welcome: (by: string, text: string) =>
    text === "" ? `${by} took away the welcome text` : `${by} changed the welcome text: “${text}”`,
  createRooms: {
    everyone: (by: string) => `${by} let everyone create rooms`,
    members: (by: string) => `${by} let only people with a name create rooms`,
    admins: (by: string) => `${by} let only admins create rooms`,
  },
  entry: {
    open: (by: string) => `${by} let everyone come in`,
    invite: (by: string) => `${by} let only invited people come in`,
  },
  guests: {
    true: (by: string) => `${by} let guests write`,
    false: (by: string) => `${by} kept guests from writing`,
  },
  previews: {
    true: (by: string) => `${by} turned on previews of links`,
    false: (by: string) => `${by} turned off previews of links`,
  },
  keepDays: (by: string, days: number) =>
    days === 0
      ? `${by} let messages be kept permanently`
      : `${by} let messages be deleted after ${days === 1 ? "1 day" : `${days} days`}`,
  defaultRooms: (by: string, rooms: string) =>
    rooms === ""
      ? `${by} let newcomers begin without rooms`
      : `${by} chose the rooms of newcomers: ${rooms}`,
  room: {
    roomEntered: (by: string, room: string) => `${by} became a member of the private room ${room}`,
    roomMadePrivate: (by: string, room: string) => `${by} made a room private: ${room}`,
    roomDeleted: (by: string, room: string) => `${by} deleted the room ${room}`,
  },
  messageIn: {
    deletedMessageIn: (by: string, person: string, room: string) =>
      `${by} deleted a message of ${person} in ${room}`,
    clearedReactionsIn: (by: string, person: string, room: string) =>
      `${by} removed reactions of others to a message of ${person} in ${room}`,
  },
  roomChanged: (by: string, room: string, change: string) =>
    `${by} changed the room ${room}: ${change}`,
  roomChange: {
    pair: (setting: string, value: string) => `${setting}: ${value}`,
    guests: { true: "yes", false: "no" },
    archived: { true: "archived", false: "reopened" },
  },
  setting: (by: string, detail: string) => `${by} changed a setting: ${detail}`,
  other: (by: string, person: string, action: string) => `${by}: ${action} (${person})`,
};

/** The texts of the audit log in a language. */
export type AuditStrings = typeof en;

const zh: AuditStrings = {
  icon: {
    icon: (by) => `${by} 更换了聊天图标`,
    remove_icon: (by) => `${by} 移除了聊天图标`,
    remove_picture: (by, person) => `${by} 移除了 ${person} 的头像`,
  },
  about: {
    madeAdmin: (by, person) => `${by} 将 ${person} 设为管理员`,
    madeMember: (by, person) => `${by} 撤销了 ${person} 的管理员身份`,
    muted: (by, person) => `${by} 将 ${person} 禁言，直到解除`,
    unmuted: (by, person) => `${by} 解除了 ${person} 的禁言`,
    banned: (by, person) => `${by} 封禁了 ${person}`,
    bannedNetwork: (by, person) => `${by} 禁止了 ${person} 的网络进入`,
    unbannedNetwork: (by, person) => `${by} 允许了 ${person} 的网络进入`,
    unbanned: (by, person) => `${by} 解除了 ${person} 的封禁`,
    endedSessions: (by, person) => `${by} 让 ${person} 在所有设备上退出了登录`,
    rotatedKeys: (by) => `${by} 更换了签名密钥：所有人都已退出登录`,
    claimed: (by) => `${by} 用服务器给出的链接成为了管理员`,
    madeReset: (by, person) => `${by} 生成了重置 ${person} 密码的链接`,
    reset: (by) => `${by} 用链接设置了新密码`,
    invited: (by) => `${by} 生成了邀请`,
    revoked: (by) => `${by} 撤销了邀请`,
    deletedOwnAccount: () => "有人删除了自己的账号",
    actedOnReport: (by, person) => `${by} 处理了关于 ${person} 的举报`,
    dismissedReport: (by, person) => `${by} 忽略了关于 ${person} 的举报`,
    removedAbout: (by, person) => `${by} 移除了 ${person} 的个人简介`,
    openedReport: (by, person) => `${by} 查看了 ${person} 被举报消息中的文件`,
    deletedMessage: (by, person) => `${by} 删除了 ${person} 在一个私密房间的消息`,
    clearedReactions: (by, person) => `${by} 清除了他人对 ${person} 在一个私密房间的消息的回应`,
  },
  deletedAccount: (by, name) => `${by} 删除了 ${name} 的账号`,
  mutedUntil: (by, person, time) => `${by} 将 ${person} 禁言至 ${time}`,
  renamed: (by, names) => `${by} 更改了昵称：${names}`,
  name: (by, name) => name === "" ? `${by} 移除了聊天名称` : `${by} 将聊天命名为“${name}”`,
  welcome: (by, text) => text === "" ? `${by} 移除了欢迎语` : `${by} 更改了欢迎语：“${text}”`,
  createRooms: {
    everyone: (by) => `${by} 允许所有人新建房间`,
    members: (by) => `${by} 只允许有昵称的人新建房间`,
    admins: (by) => `${by} 只允许管理员新建房间`,
  },
  entry: {
    open: (by) => `${by} 允许所有人进入`,
    invite: (by) => `${by} 只允许受邀请的人进入`,
  },
  guests: {
    true: (by) => `${by} 允许访客发言`,
    false: (by) => `${by} 禁止访客发言`,
  },
  previews: {
    true: (by) => `${by} 开启了链接预览`,
    false: (by) => `${by} 关闭了链接预览`,
  },
  keepDays: (by, days) =>
    days === 0 ? `${by} 设置为永久保留消息` : `${by} 设置消息在 ${days} 天后删除`,
  defaultRooms: (by, rooms) =>
    rooms === "" ? `${by} 取消了新成员的房间` : `${by} 设置了新成员的房间：${rooms}`,
  room: {
    roomEntered: (by, room) => `${by} 加入了私密房间 ${room}`,
    roomMadePrivate: (by, room) => `${by} 将一个房间设为私密：${room}`,
    roomDeleted: (by, room) => `${by} 删除了房间 ${room}`,
  },
  messageIn: {
    deletedMessageIn: (by, person, room) => `${by} 删除了 ${person} 在 ${room} 的消息`,
    clearedReactionsIn: (by, person, room) =>
      `${by} 清除了他人对 ${person} 在 ${room} 的消息的回应`,
  },
  roomChanged: (by, room, change) => `${by} 更改了房间 ${room}：${change}`,
  roomChange: {
    pair: (setting, value) => `${setting}：${value}`,
    guests: { true: "是", false: "否" },
    archived: { true: "已归档", false: "已重新开放" },
  },
  setting: (by, detail) => `${by} 更改了设置：${detail}`,
  other: (by, person, action) => `${by}：${action}（${person}）`,
};

/** The texts of the audit log by language. */
export const AUDIT_STRINGS: Readonly<Record<Language, AuditStrings>> = { en, zh };
