import type { SecretSource } from '@hotcb/run'

export type { SecretSource }

/** The urgency of a message. Quiet hours and limits depend on it. */
export type MessageLevel = 'info' | 'warning' | 'critical'

export const LEVELS: readonly MessageLevel[] = ['info', 'warning', 'critical']

/** A length of time or of training. */
export type Duration = { readonly seconds: number } | { readonly steps: number }

/** The states of a run, as seen from outside. */
export const STATES = [
  'finished',
  'stopped',
  'failed',
  'lost',
  'superseded',
  'paused',
  'frozen',
  'stalled',
  'silent',
  'slow',
  'waiting_approval',
  'alert',
  'budget_spent',
] as const
export type StateName = (typeof STATES)[number]

/**
 * The conditions for a metric. `plateau` and `spike` with a `value` are plain comparisons; without one, they are judged from the course of
 * the metric.
 */
export const METRIC_CONDITIONS = [
  'gt',
  'gte',
  'lt',
  'lte',
  'plateau',
  'spike',
  'nan',
  'divergence',
  'diverged',
  'stuck',
  'overfitting',
  'grad_explosion',
] as const
export type MetricCondition = (typeof METRIC_CONDITIONS)[number]

/** The subject of a rule; `when` is an expression over metrics and controls. */
export type RuleName = StateName | MetricCondition | 'when'

export const RULE_NAMES: readonly RuleName[] = [...STATES, ...METRIC_CONDITIONS, 'when']

/** One rule in `hotcb.notify.yaml`. */
export interface NotifyRule {
  readonly id: string
  readonly on: RuleName
  /** The metric; null for the run's key metric. */
  readonly metric: string | null
  readonly value: number | null
  /** The number of values that are checked. */
  readonly window: number | null
  /** The text of a `when` rule. */
  readonly when: string | null
  /** How long the condition must be true before a message is sent. */
  readonly hold: Duration
  /** How long the rule stays silent after a message. */
  readonly cooldown: Duration
  readonly channels: readonly string[]
  readonly level: MessageLevel
  readonly template: string | null
}

interface Named {
  readonly name: string
}

/** A channel as configured. */
export type ChannelConfig =
  | (Named & { readonly kind: 'telegram'; readonly token: SecretSource; readonly chat: string; readonly api: string })
  | (Named & { readonly kind: 'slack'; readonly by: 'webhook'; readonly webhook: SecretSource })
  | (Named & {
      readonly kind: 'slack'
      readonly by: 'app'
      readonly token: SecretSource
      readonly appToken: SecretSource | null
      readonly channel: string
      readonly api: string
    })
  | (Named & { readonly kind: 'discord'; readonly by: 'webhook'; readonly webhook: SecretSource })
  | (Named & {
      readonly kind: 'discord'
      readonly by: 'app'
      readonly token: SecretSource
      readonly channel: string
      readonly api: string
    })
  | (Named & { readonly kind: 'webhook'; readonly url: SecretSource | string; readonly secret: SecretSource })
  | (Named & {
      readonly kind: 'email'
      readonly host: string
      readonly port: number
      readonly secure: boolean
      readonly user: string | null
      readonly password: SecretSource | null
      readonly from: string
      readonly to: readonly string[]
    })
  | (Named & { readonly kind: 'desktop' })
  | (Named & { readonly kind: 'terminal'; readonly bell: boolean })

export const CHANNEL_KINDS = ['telegram', 'slack', 'discord', 'webhook', 'email', 'desktop', 'terminal'] as const
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

/** Chats in which people may answer. */
export const OPERATOR_KINDS = ['telegram', 'slack', 'discord'] as const
export type OperatorKind = (typeof OPERATOR_KINDS)[number]

/** The hours in which only urgent messages are sent. */
export interface QuietHours {
  /** Minutes after midnight. */
  readonly from: number
  /** Minutes after midnight; less than `from` if the quiet hours span midnight. */
  readonly to: number
  /** The name of a time zone, such as `Europe/Berlin`. */
  readonly zone: string
  /** Levels that are sent anyway. */
  readonly except: readonly MessageLevel[]
}

/** `hotcb.notify.yaml`. */
export interface NotifyConfig {
  readonly channels: readonly ChannelConfig[]
  readonly rules: readonly NotifyRule[]
  readonly quiet: QuietHours | null
  /** The largest number of messages per hour and channel. */
  readonly perHour: number
  /** The IDs of users who may answer, by kind of chat. */
  readonly operators: Readonly<Record<OperatorKind, readonly string[]>>
}

/** The content of a message, before it is formatted for a channel. All text is one line without control characters. */
export interface NotifyMessage {
  /** A short description of the event. */
  readonly title: string
  readonly text: string
  readonly level: MessageLevel
  /** The run's name. */
  readonly run: string
  readonly step: number | null
  /** The rule that fired. */
  readonly rule: string
  /** Whether the condition began, is still true, or has ended. */
  readonly phase: Phase
  readonly metric: string | null
  readonly value: number | null
  /** The proposal that is waiting for an answer. */
  readonly action: string | null
}

export type Phase = 'opened' | 'repeated' | 'recovered' | 'test' | 'sent'
