import type { Alert, MessageLevel } from '@hotcb/notify'

/** An alert, and who has seen it. */
export interface ShownAlert extends Alert {
  readonly acknowledged: { readonly by: string | null; readonly at: number } | null
}

/** A rule whose alerts the page shows. */
export interface ShownAlertRule {
  readonly id: string
  /** In words: `gt val_loss 3`. */
  readonly what: string
  readonly level: MessageLevel
  /** Null for a rule that every run has. */
  readonly own: { readonly author: string | null; readonly version: number } | null
}

/** The alerts of a run, newest first, and the rules that find them. */
export interface AlertsDocument {
  readonly alerts: readonly ShownAlert[]
  readonly rules: readonly ShownAlertRule[]
  /** Whether a notifier watches the run now: without one there are no new alerts. */
  readonly watched: boolean
  /** Why the alerts or rules cannot be shown in full; null if they can. */
  readonly problem: string | null
}

/** The alerts of a run that nobody has acknowledged, for its row; null if there are none. */
export interface RowAlerts {
  readonly count: number
  /** The most urgent of them. */
  readonly level: MessageLevel
  /** The newest of them. */
  readonly newest: Pick<Alert, 'id' | 'title' | 'text'>
}

/** A rule to be saved. `version`: of the rule that it replaces; null for a new one. */
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

/** The alerts of a run that nobody has acknowledged, newest first. */
export function unacknowledged(alerts: readonly ShownAlert[]): readonly ShownAlert[] {
  return alerts.filter(({ acknowledged }) => acknowledged === null)
}

/** The alerts in a row, newest first. */
export function rowAlerts(alerts: readonly ShownAlert[]): RowAlerts | null {
  const open = unacknowledged(alerts)
  const [first] = open
  if (first === undefined) return null
  const { id, title, text } = first
  const level = open.some((one) => one.level === 'critical') ? 'critical' : 'warning'
  return { count: open.length, level, newest: { id, title, text } }
}
