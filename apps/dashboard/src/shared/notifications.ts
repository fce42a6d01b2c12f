import type { ChannelKind, Delivery, MessageLevel, QuietHours, RuleDescription } from '@hotcb/notify'

/** `GET notifications`: what is configured, without addresses and secrets, and the newest messages, oldest first. */
export interface NotificationsDetail {
  readonly configured: boolean
  /** The problem with the configuration; details are for the owner. */
  readonly problems: readonly string[]
  readonly channels: readonly { readonly name: string; readonly kind: ChannelKind }[]
  readonly rules: readonly NotificationRule[]
  readonly quiet?: QuietHours | null
  /** Quiet hours in words; null without any. */
  readonly quiet_text?: string | null
  /** Messages an hour and channel. */
  readonly per_hour?: number
  readonly deliveries: readonly Delivery[]
}

/** One rule, as it is understood. */
export interface NotificationRule extends RuleDescription {
  readonly id: string
  readonly level: MessageLevel
}

/** The answer of each channel to a test message. */
export interface NotificationTest {
  readonly channels: readonly { readonly channel: string; readonly ok: boolean; readonly reason: string | null }[]
}
