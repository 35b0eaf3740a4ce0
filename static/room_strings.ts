/** The texts of the dialogs about rooms, which are loaded when they are needed. */
const en = {
  save: "Save",
  saved: "Saved.",
  readOnly: "Only moderators can change this room.",
  title: "Title",
  topic: "Topic",
  topicHint: "What is this room for?",
  address: "Address",
  posting: "Who may write",
  postingChoices: { all: "Everyone", moderators: "Moderators" },
  guests: "Guests may write",
  slow: "Slow mode",
  slowHint: "How long people wait between two messages. Moderators don't.",
  slowChoice: (seconds: number) =>
    seconds === 0
      ? "Off"
      : seconds < 60
      ? `${seconds} seconds`
      : seconds === 60
      ? "1 minute"
      : seconds === 3600
      ? "1 hour"
      : `${seconds / 60} minutes`,
  keep: "Keep messages",
  keepChoice: (days: number) =>
    days === 0 ? "As long as the chat does" : days === 1 ? "1 day" : `${days} days`,
  history: "New members see",
  historyChoices: { all: "All messages", joined: "Messages from when they joined" },
  members: "Members",
  count: (n: number) => n === 1 ? "1 member" : `${n} members`,
  searchPeople: "Search people",
  moderator: "Moderator",
  makeModerator: "Make moderator",
  endModerator: "Remove as moderator",
  remove: "Remove from room",
  manage: (name: string) => `Manage ${name}`,
  removeQuestion: (name: string, place: string) =>
    `Remove ${name} from ${place}? They lose access at once.`,
  reason: "Reason (they can read it)",
  end: "Archive, hide or delete",
  archive: "Archive room",
  unarchive: "Reopen room",
  archiveQuestion: "Everyone can still read this room, but nobody can write. You can reopen it.",
  makePrivate: "Make private",
  makePrivateQuestion:
    "Only its members will find and read this room, under a new address. Links to it stop working. This can't be undone.",
  delete: "Delete room",
  deleteQuestion: (place: string) =>
    `Delete ${place} with all its messages, for everyone? This can't be undone.`,
  cancel: "Cancel",
  showMore: "Show more",
  loading: "Loading…",

  newRoom: "New room",
  create: "Create room",
  kind: "Who can join",
  kinds: { public: "Everyone", private: "Added people" },
  kindHints: {
    public: "Everyone in this chat can find and read it.",
    private: "Only people who are added can find and read it.",
  },
  roomName: "Name",
  noTitle: "Enter a name.",
  addressHint: (address: string) => `Its address will be #${address}.`,

  to: "To",
  openDirect: "Open conversation",
  directHint: "Choose up to 7 people. Others can't be added later.",
  addTo: (place: string) => `Add people to ${place}`,
  add: "Add",
  removePerson: (name: string) => `Remove ${name}`,
  addedPeople: (n: number) => n === 1 ? "1 person was added." : `${n} people were added.`,
  nobody: "Nobody has this in their name.",
  people: "People",

  directory: "Browse rooms",
  searchRooms: "Search rooms and topics",
  noRooms: "There are no rooms with this.",
  joined: "Joined",
  open: (room: string) => `Open ${room}`,

  sendMessage: "Message",
  mention: "Mention",
  yourself: "This is you.",
  profile: "Settings",
  guest: "Guest",
  administer: "As an admin",
  ignore: "Ignore",
  stopIgnoring: "Stop ignoring",
  ignoreHint:
    "Their messages are hidden, and nothing they write notifies you. They don't find out.",
  ignoredPeople: "People you ignore",
  stopIgnoringOf: (name: string) => `Stop ignoring ${name}`,

  unsentTitle: "Unsent messages",
  unsentHint:
    "You are no longer in the rooms that these were meant for, so they weren't sent anywhere.",
  copy: "Copy",
  discard: "Discard",
  copied: "Copied",
  nothingUnsent: "Nothing is left.",
};

const zh: typeof en = {
  save: "保存",
  saved: "已保存。",
  readOnly: "只有版主可以更改此房间。",
  title: "标题",
  topic: "主题",
  topicHint: "这个房间用来做什么？",
  address: "地址",
  posting: "谁可以发言",
  postingChoices: { all: "所有人", moderators: "仅版主" },
  guests: "访客可以发言",
  slow: "慢速模式",
  slowHint: "每个人两条消息之间的等待时间，版主不受限制。",
  slowChoice: (seconds) =>
    seconds === 0
      ? "关闭"
      : seconds < 60
      ? `${seconds} 秒`
      : seconds === 3600
      ? "1 小时"
      : `${seconds / 60} 分钟`,
  keep: "消息保留时间",
  keepChoice: (days) => days === 0 ? "与整个聊天相同" : `${days} 天`,
  history: "新成员可以看到",
  historyChoices: { all: "全部消息", joined: "加入之后的消息" },
  members: "成员",
  count: (n) => `${n} 位成员`,
  searchPeople: "搜索成员",
  moderator: "版主",
  makeModerator: "设为版主",
  endModerator: "取消版主",
  remove: "移出房间",
  manage: (name) => `管理 ${name}`,
  removeQuestion: (name, place) => `要将 ${name} 移出 ${place} 吗？对方会立即失去访问权限。`,
  reason: "原因（对方可以看到）",
  end: "归档、隐藏或删除",
  archive: "归档房间",
  unarchive: "重新开放房间",
  archiveQuestion: "所有人仍可阅读此房间，但不能再发言。之后可以重新开放。",
  makePrivate: "设为私密",
  makePrivateQuestion: "只有成员能找到并阅读此房间，地址会改变，原有链接失效。此操作无法撤销。",
  delete: "删除房间",
  deleteQuestion: (place) => `要为所有人删除 ${place} 及其全部消息吗？此操作无法撤销。`,
  cancel: "取消",
  showMore: "显示更多",
  loading: "正在加载…",

  newRoom: "新房间",
  create: "新建房间",
  kind: "谁可以加入",
  kinds: { public: "所有人", private: "被添加的人" },
  kindHints: {
    public: "此聊天中的所有人都能找到并阅读。",
    private: "只有被添加的人能找到并阅读。",
  },
  roomName: "名称",
  noTitle: "请输入名称。",
  addressHint: (address) => `地址将是 #${address}。`,

  to: "收件人",
  openDirect: "打开对话",
  directHint: "最多选择 7 人，之后不能再添加其他人。",
  addTo: (place) => `添加成员到 ${place}`,
  add: "添加",
  removePerson: (name) => `移除 ${name}`,
  addedPeople: (n) => `已添加 ${n} 人。`,
  nobody: "没有昵称包含此内容的人。",
  people: "成员",

  directory: "浏览房间",
  searchRooms: "搜索房间和主题",
  noRooms: "没有匹配的房间。",
  joined: "已加入",
  open: (room) => `打开 ${room}`,

  sendMessage: "发私信",
  mention: "提到",
  yourself: "这是你自己。",
  profile: "设置",
  guest: "访客",
  administer: "管理员操作",
  ignore: "屏蔽",
  stopIgnoring: "取消屏蔽",
  ignoreHint: "对方的消息会被隐藏，也不会通知你。对方不会知道。",
  ignoredPeople: "你屏蔽的人",
  stopIgnoringOf: (name) => `取消屏蔽 ${name}`,

  unsentTitle: "未发送的消息",
  unsentHint: "你已不在这些消息所属的房间中，因此它们没有发送到任何地方。",
  copy: "复制",
  discard: "删除",
  copied: "已复制",
  nothingUnsent: "没有剩余消息。",
};

/** The texts of the dialogs about rooms. */
export type RoomStrings = typeof en;

/** The texts by language. */
export const ROOM_STRINGS: Readonly<Record<"en" | "zh", RoomStrings>> = { en, zh };
