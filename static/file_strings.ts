/** The texts about files that come with the parts of the page about them. */
const en = {
  removeFile: (name: string) => `Remove ${name}`,
  dropHere: (place: string) => `Drop files to send them to ${place}`,
  noFolders: "Folders can't be sent. Send their files, or an archive of them.",
  tray: "Files to send",
  passing: "This browser can't keep files: leave this page open until they are sent.",
  moveFile: (name: string) => `Move ${name} with the arrow keys`,
  movedTo: (name: string, place: number, count: number) => `${name}: place ${place} of ${count}`,
  sentOf: (sent: string, size: string) => `${sent} of ${size}`,
  offline: "waiting for the connection",
  stalled: "trying again",
  retryFile: (name: string) => `Try ${name} again`,
  cancelFile: (name: string) => `Cancel ${name}`,
  tooLarge: (most: string) => `Too large: files can have up to ${most}.`,

  viewer: "Pictures",
  placeOf: (place: number, count: number) => `${place} of ${count}`,
  previous: "Previous picture",
  next: "Next picture",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  showInRoom: "Show in the room",
  showInRoomOf: (name: string) => `Show ${name} in the room`,

  roomFiles: "Files",
  loading: "Loading…",
  noFiles: "There are no files here yet.",
  noFilesHint: "Drop or paste one, or attach it beside the message box.",
  pictures: "Pictures",
  otherFiles: "Other files",
  showMore: "Show more",
};

const zh: typeof en = {
  removeFile: (name) => `移除 ${name}`,
  dropHere: (place) => `松开即可将文件发送到 ${place}`,
  noFolders: "无法发送文件夹。请发送其中的文件，或打包后发送。",
  tray: "待发送的文件",
  passing: "此浏览器无法保存文件：发送完成前请不要关闭此页面。",
  moveFile: (name) => `用方向键移动 ${name}`,
  movedTo: (name, place, count) => `${name}：第 ${place} 个，共 ${count} 个`,
  sentOf: (sent, size) => `${sent} / ${size}`,
  offline: "等待连接",
  stalled: "正在重试",
  retryFile: (name) => `重试 ${name}`,
  cancelFile: (name) => `取消 ${name}`,
  tooLarge: (most) => `文件过大：最大为 ${most}。`,

  viewer: "图片",
  placeOf: (place, count) => `${place} / ${count}`,
  previous: "上一张",
  next: "下一张",
  zoomIn: "放大",
  zoomOut: "缩小",
  showInRoom: "在房间中查看",
  showInRoomOf: (name) => `在房间中查看 ${name}`,

  roomFiles: "文件",
  loading: "正在加载…",
  noFiles: "这里还没有文件。",
  noFilesHint: "可以拖放、粘贴，或用输入框旁的按钮添加。",
  pictures: "图片",
  otherFiles: "其他文件",
  showMore: "显示更多",
};

/** The texts by language. */
export const FILE_STRINGS = { en, zh };

/** The texts of a language. */
export type FileStrings = typeof en;
