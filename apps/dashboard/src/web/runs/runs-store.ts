import { signal } from '@preact/signals'
import type { RunRow, Sparkline } from '../../shared/wire.ts'
import { ask } from '../api.ts'
import { follow } from '../socket.ts'

/** All runs by id; undefined until the first answer. */
export const rows = signal<ReadonlyMap<string, RunRow> | undefined>(undefined)
export const problems = signal<readonly string[]>([])
export const sparklines = signal<ReadonlyMap<string, Sparkline>>(new Map())

/** When a sparkline was requested, by run: that of a living run is requested again. */
const asked = new Map<string, number>()
let wanted: readonly string[] = []
let timer: ReturnType<typeof setTimeout> | undefined

/** Keeps the table up to date until the function that this gives is called. */
export function followRuns(): () => void {
  const load = async (): Promise<void> => {
    const answer = await ask<{ readonly runs: readonly RunRow[]; readonly problems: readonly string[] }>('runs')
    problems.value = answer.problems
    rows.value = new Map(answer.runs.map((row) => [row.id, row]))
  }
  const tryLoad = (): void => void load().catch(() => undefined)
  tryLoad()
  const leave = follow({
    run: '',
    channel: 'runs',
    onData({ rows: changed, removed }) {
      const next = new Map(rows.value)
      for (const row of changed) next.set(row.id, row)
      for (const id of removed) next.delete(id)
      rows.value = next
    },
    onReconnect: tryLoad,
  })
  const refresh = setInterval(() => askSparklines(wanted), 5000)
  return () => {
    leave()
    clearInterval(refresh)
    clearTimeout(timer)
  }
}

/** Says which runs are in sight: their sparklines are fetched, many with one request. */
export function wantSparklines(ids: readonly string[]): void {
  wanted = ids
  clearTimeout(timer)
  timer = setTimeout(() => askSparklines(ids), 60)
}

function askSparklines(ids: readonly string[]): void {
  const now = performance.now()
  const missing = ids.filter((id) => {
    const at = asked.get(id)
    const row = rows.value?.get(id)
    if (row?.key_metric == null) return false
    return at === undefined || (row.status === 'running' && now - at > 4500)
  })
  if (missing.length === 0) return
  for (const id of missing) asked.set(id, now)
  const query = missing.slice(0, 80).map((id) => `id=${encodeURIComponent(id)}`)
  ask<{ readonly sparklines: Readonly<Record<string, Sparkline>> }>(`sparklines?${query.join('&')}`).then(
    (answer) => {
      sparklines.value = new Map([...sparklines.value, ...Object.entries(answer.sparklines)])
    },
    () => {
      for (const id of missing) asked.delete(id)
    },
  )
}
