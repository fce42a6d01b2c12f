import type { Alert, MessageLevel } from '@hotcb/notify'

/** An alert and its first acknowledgement. */
export interface ShownAlert extends Alert {
  readonly acknowledged: { readonly by: string | null; readonly at: number } | null
}

/** A rule whose alerts the page shows. */
export interface ShownAlertRule {
  readonly id: string
  /** The rule in words, such as `gt val_loss 3`. */
  readonly what: string
  readonly level: MessageLevel
  /** Null for a built-in or configured rule, which the page cannot change. */
  readonly own: { readonly author: string | null; readonly version: number } | null
}

/** A run's alerts, newest first, and the rules that raise them. */
export interface AlertsDocument {
  readonly alerts: readonly ShownAlert[]
  readonly rules: readonly ShownAlertRule[]
  /** Whether a notifier is watching the run. Without one there are no new alerts. */
  readonly watched: boolean
  /** Why the alerts or rules are incomplete; null if they are complete. */
  readonly problem: string | null
}

/** A summary of a run's unacknowledged alerts for its table row; null if there are none. */
export interface RowAlerts {
  readonly count: number
  /** The most urgent level among them. */
  readonly level: MessageLevel
  /** The latest alert. */
  readonly newest: Pick<Alert, 'id' | 'title' | 'text'>
}

/** A rule to save. `version` is the version of the rule that it replaces; null for a new rule. */
export interface AlertRuleDraft {
  readonly id: string
  readonly version: number | null
  readonly on?: string | null
  readonly metric?: string | null
  readonly value?: number | null
  readonly window?: number | null
  readonly when?: string | null
  readonly for?: string | null
  readonly level?: MessageLevel | null
}

/** Returns a run's unacknowledged alerts, newest first. */
export function unacknowledged(alerts: readonly ShownAlert[]): readonly ShownAlert[] {
  return alerts.filter(({ acknowledged }) => acknowledged === null)
}

/** Summarizes a run's unacknowledged alerts for its table row; null if there are none. */
export function rowAlerts(alerts: readonly ShownAlert[]): RowAlerts | null {
  const open = unacknowledged(alerts)
  const [first] = open
  if (first === undefined) return null
  const { id, title, text } = first
  const level = open.some((one) => one.level === 'critical') ? 'critical' : 'warning'
  return { count: open.length, level, newest: { id, title, text } }
}
