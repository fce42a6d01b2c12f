// The complete public API of @hotcb/notify/node: watching runs, and channels for messages.
export type { ApprovalPort, NotifyChannel } from './node/channel.ts'
export type { TerminalPort } from './node/channels/terminal.ts'
export { ChatFailure, type ChatFile } from './node/chat/chat-failure.ts'
export { type ChatCommand, type DiscordChat, type DiscordHandlers, openDiscordChat } from './node/chat/discord-chat.ts'
export { type ChatEvent, openSlackChat, type SlackChat, type SlackHandlers } from './node/chat/slack-chat.ts'
export { type FoundConfig, findNotifyConfig, userConfigPath } from './node/config-file.ts'
export { type Fleet, type FleetOptions, openFleet } from './node/fleet.ts'
export { openMachineKey, runTag } from './node/machine-key.ts'
export {
  isNotifyError,
  type Notifier,
  type NotifierOptions,
  NotifyError,
  type NotifyPorts,
  type OpenChannels,
  openNotifier,
  openNotifyChannels,
  sendNow,
} from './node/notifier.ts'
export { verifySignature } from './node/signature.ts'
