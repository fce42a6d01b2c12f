import type { ChannelKind, Delivery, MessageLevel, QuietHours, RuleDescription } from '@hotcb/notify'

/** `GET notifications`: the config without addresses and secrets, and the latest messages, oldest first. */
export interface NotificationsDetail {
  readonly configured: boolean
  /** The problems with the config. Only the owner sees the details. */
  readonly problems: readonly string[]
  readonly channels: readonly { readonly name: string; readonly kind: ChannelKind }[]
  readonly rules: readonly NotificationRule[]
  readonly quiet?: QuietHours | null
  /** Quiet hours in words; null if there are none. */
  readonly quiet_text?: string | null
  /** Maximum number of messages per hour and channel. */
  readonly per_hour?: number
  readonly deliveries: readonly Delivery[]
}

/** One rule and its description. */
export interface NotificationRule extends RuleDescription {
  readonly id: string
  readonly level: MessageLevel
}

/** Each channel's answer to a test message. */
export interface NotificationTest {
  readonly channels: readonly { readonly channel: string; readonly ok: boolean; readonly reason: string | null }[]
}
