import type { SecretSource } from '@hotcb/run'

export type { SecretSource }

/** How urgent a message is. Quiet hours and limits look at it. */
export type MessageLevel = 'info' | 'warning' | 'critical'

export const LEVELS: readonly MessageLevel[] = ['info', 'warning', 'critical']

/** A length of time, or of training. */
export type Duration = { readonly seconds: number } | { readonly steps: number }

/** What a run may be in, as seen from outside. */
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

/** What one metric may show. `plateau` and `spike` with a `value` are a plain comparison; without one they are judged. */
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

/** What a rule may be about; `when` is an expression over metrics and controls. */
export type RuleName = StateName | MetricCondition | 'when'

export const RULE_NAMES: readonly RuleName[] = [...STATES, ...METRIC_CONDITIONS, 'when']

/** One rule of `hotcb.notify.yaml`. */
export interface NotifyRule {
  readonly id: string
  readonly on: RuleName
  /** Null: the key metric of the run. */
  readonly metric: string | null
  readonly value: number | null
  /** Values that are looked at. */
  readonly window: number | null
  /** The text of a `when` rule. */
  readonly when: string | null
  /** For how long it must be true before a message is sent. */
  readonly hold: Duration
  /** How long the rule keeps silent after a message. */
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

/** Chats where people may answer. */
export const OPERATOR_KINDS = ['telegram', 'slack', 'discord'] as const
export type OperatorKind = (typeof OPERATOR_KINDS)[number]

/** When only urgent messages are sent. */
export interface QuietHours {
  /** Minutes after midnight. */
  readonly from: number
  /** Minutes after midnight; before `from` where the quiet hours span midnight. */
  readonly to: number
  /** Name of a time zone, such as `Europe/Berlin`. */
  readonly zone: string
  /** Levels that are sent all the same. */
  readonly except: readonly MessageLevel[]
}

/** `hotcb.notify.yaml`. */
export interface NotifyConfig {
  readonly channels: readonly ChannelConfig[]
  readonly rules: readonly NotifyRule[]
  readonly quiet: QuietHours | null
  /** Messages an hour and channel. */
  readonly perHour: number
  /** User ids that may answer, by the kind of chat. */
  readonly operators: Readonly<Record<OperatorKind, readonly string[]>>
}

/** The content of a message, before it is formatted for a channel. All text is one line without control characters. */
export interface NotifyMessage {
  /** The event, in a few words. */
  readonly title: string
  readonly text: string
  readonly level: MessageLevel
  /** The run's name. */
  readonly run: string
  readonly step: number | null
  /** Rule that fired. */
  readonly rule: string
  /** Whether something began, still is, or is over. */
  readonly phase: Phase
  readonly metric: string | null
  readonly value: number | null
  /** The proposal that waits for an answer. */
  readonly action: string | null
}

export type Phase = 'opened' | 'repeated' | 'recovered' | 'test' | 'sent'
