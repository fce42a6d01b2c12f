import { type ActionRecord, describeAction } from '@hotcb/autopilot'
import type { AlertsDocument } from '../../shared/alerts.ts'
import type { AutopilotDocument } from '../../shared/autopilot.ts'
import { formatValue } from '../../shared/describe.ts'
import type { RunRow, RunStatus } from '../../shared/wire.ts'
import { alertView } from '../alerts/alert-view.ts'

/** The part of a run's state that is compared to detect news. */
export interface Sighting {
  readonly status: RunStatus
  /** Actions that have been seen, by id. */
  readonly actions: ReadonlySet<string>
  /** Alerts that have been seen, by id. */
  readonly alerts: ReadonlySet<string>
}

/** An event that is worth a notification. */
export interface News {
  /** Identical for the same event in all windows. */
  readonly tag: string
  readonly title: string
  readonly body: string
  /** The address parameters that show the event; null to keep the current view. */
  readonly view: Readonly<Record<string, string | null>> | null
}

/** Returns a run's current state; undefined until all of it has been read. */
export function sightingOf(
  row: RunRow | undefined,
  autopilot: AutopilotDocument | undefined,
  alerts: AlertsDocument | undefined,
): Sighting | undefined {
  if (row === undefined || autopilot === undefined || alerts === undefined) return undefined
  const ids = [...autopilot.proposals, ...autopilot.actions].map(({ id }) => id)
  return { status: row.status, actions: new Set(ids), alerts: new Set(alerts.alerts.map(({ id }) => id)) }
}

/**
 * Returns the events between two states, oldest first: the run ended or stopped, new alerts were raised, or proposals are waiting.
 */
export function newsOf(
  before: Sighting,
  now: Sighting,
  row: Pick<RunRow, 'name' | 'step'>,
  { proposals, actions }: Pick<AutopilotDocument, 'proposals' | 'actions'>,
  alerts: AlertsDocument['alerts'],
): readonly News[] {
  const news: News[] = []
  const word = WORDS[now.status]
  if (word !== undefined && now.status !== before.status && before.status !== 'unknown') {
    const body = row.step === null ? '' : `at step ${row.step}`
    news.push({ tag: `${row.name} ${now.status}`, title: `${row.name}: ${word}`, body, view: null })
  }
  for (const alert of alerts.toReversed()) {
    if (before.alerts.has(alert.id) || alert.acknowledged !== null) continue
    const at = alert.step === null ? '' : ` (step ${alert.step})`
    const { id, title, text } = alert
    news.push({
      tag: `${row.name} ${id}`,
      title: `${row.name}: ${title}`,
      body: `${text}${at}`,
      view: alertView(alert),
    })
  }
  const told = actions.filter(({ state }) => state === 'told').toReversed()
  for (const action of [...told, ...proposals]) {
    if (before.actions.has(action.id)) continue
    const title = `${row.name}: ${titleOf(action)}`
    news.push({ tag: `${row.name} ${action.id}`, title, body: action.because ?? '', view: { tab: 'autopilot' } })
  }
  return news
}

const WORDS: Readonly<Partial<Record<RunStatus, string>>> = {
  finished: 'finished',
  silent: 'the trainer shows no sign of life',
  paused: 'paused',
}

function titleOf(action: ActionRecord): string {
  const change = describeAction(action, { showValue: (value) => formatValue(value) })
  return change === null ? `alert from ${action.rule}` : `${change} is waiting for a person`
}
