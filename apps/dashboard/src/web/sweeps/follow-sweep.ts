import { messageOf } from '@hotcb/protocol'
import { batch, type ReadonlySignal, signal } from '@preact/signals'
import type { SweepDetail, TrialColumns } from '../../shared/sweeps/sweep-wire.ts'
import { ask } from '../api.ts'
import { viewParam } from '../route.ts'
import { createSweepData, type SweepData, takeColumns } from './sweep-data.ts'

/** The server's data about a sweep, kept up to date. */
export interface FollowedSweep {
  readonly detail: ReadonlySignal<SweepDetail | undefined>
  /** Why the latest answer is missing; null if it is not. */
  readonly problem: ReadonlySignal<string | null>
  /** Each answer with a change creates a new outer object; the arrays in it are reused. */
  readonly data: ReadonlySignal<{ readonly data: SweepData }>
  /** How many trials have a value that the server has not read yet. */
  readonly unread: ReadonlySignal<number>
  /** Requests an update immediately. */
  lookNow(): void
  close(): void
}

const LOOK_MS = 1000
/** The interval while values are still being read. */
const SOON_MS = 150
/** The interval after a failure. */
const LATER_MS = 3000
/** The details are requested with every third update, because objective, driver and progress change less often than trials. */
const DETAIL_EVERY = 3

/** Follows a sweep while the page is visible, with the metric in the address. */
export function followSweep(id: string): FollowedSweep {
  const path = `sweeps/${encodeURIComponent(id)}`
  const detail = signal<SweepDetail | undefined>(undefined)
  const problem = signal<string | null>(null)
  const data = signal({ data: createSweepData() })
  const unread = signal(0)
  let known: { readonly version: string; readonly metric: string | null } | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let [looks, turns, isClosed] = [0, 0, false]

  const take = (columns: TrialColumns, newDetail: SweepDetail | undefined): void =>
    batch(() => {
      if (newDetail !== undefined) detail.value = newDetail
      problem.value = null
      unread.value = columns.unread
      if (columns.whole || columns.index.length > 0) data.value = { data: takeColumns(data.value.data, columns) }
    })
  const look = async (): Promise<void> => {
    clearTimeout(timer)
    const turn = ++turns
    const metric = viewParam('metric')
    let next = LOOK_MS
    try {
      const isDue = looks++ % DETAIL_EVERY === 0
      const since = known?.metric === metric ? known.version : undefined
      const [columns, newDetail] = await Promise.all([
        ask<TrialColumns>(`${path}/trials?${queryOf(metric, since)}`),
        isDue ? ask<SweepDetail>(path) : undefined,
      ])
      if (isClosed || turn !== turns) return
      known = { version: columns.version, metric }
      take(columns, newDetail)
      next = columns.unread > 0 ? SOON_MS : LOOK_MS
    } catch (error) {
      problem.value = messageOf(error)
      looks = 0
      next = LATER_MS
    } finally {
      // A newer request schedules the next one.
      if (!isClosed && turn === turns) timer = setTimeout(lookIfSeen, next)
    }
  }
  const lookIfSeen = (): void => {
    if (document.visibilityState === 'visible') void look()
    else timer = setTimeout(lookIfSeen, LOOK_MS)
  }
  const lookNow = (): void => {
    looks = 0
    void look()
  }
  lookNow()
  return {
    detail,
    problem,
    data,
    unread,
    lookNow,
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

function queryOf(metric: string | null, since: string | undefined): string {
  return String(new URLSearchParams({ ...(metric !== null && { metric }), ...(since !== undefined && { since }) }))
}
