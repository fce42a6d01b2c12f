import { type ActionRecord, describeAction } from '@hotcb/autopilot'
import type { AutopilotDocument } from '../../shared/autopilot.ts'
import { formatValue } from '../../shared/describe.ts'
import type { RunRow, RunStatus } from '../../shared/wire.ts'

/** What of a run is looked at for news. */
export interface Sighting {
  readonly status: RunStatus
  /** Actions that have been seen, by id. */
  readonly actions: ReadonlySet<string>
}

/** One event that is worth a notification. */
export interface News {
  /** The same for the same event, whichever window shows it. */
  readonly tag: string
  readonly title: string
  readonly body: string
  /** The tab of the page on which there is more. */
  readonly tab: string | null
}

/** What is known of a run now; undefined while too little has been read. */
export function sightingOf(row: RunRow | undefined, autopilot: AutopilotDocument | undefined): Sighting | undefined {
  if (row === undefined || autopilot === undefined) return undefined
  const ids = [...autopilot.proposals, ...autopilot.actions].map(({ id }) => id)
  return { status: row.status, actions: new Set(ids) }
}

/** What has happened between two looks: how the run ended or stopped, proposals that wait, and alerts. Oldest first. */
export function newsOf(
  before: Sighting,
  now: Sighting,
  row: Pick<RunRow, 'name' | 'step'>,
  { proposals, actions }: Pick<AutopilotDocument, 'proposals' | 'actions'>,
): readonly News[] {
  const news: News[] = []
  const word = WORDS[now.status]
  if (word !== undefined && now.status !== before.status && before.status !== 'unknown') {
    const body = row.step === null ? '' : `at step ${row.step}`
    news.push({ tag: `${row.name} ${now.status}`, title: `${row.name}: ${word}`, body, tab: null })
  }
  const alerts = actions.filter(({ state }) => state === 'told').toReversed()
  for (const action of [...alerts, ...proposals]) {
    if (before.actions.has(action.id)) continue
    const title = `${row.name}: ${titleOf(action)}`
    news.push({ tag: `${row.name} ${action.id}`, title, body: action.because ?? '', tab: 'autopilot' })
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
  return change === null ? `alert by ${action.rule}` : `${change} waits for a person`
}
