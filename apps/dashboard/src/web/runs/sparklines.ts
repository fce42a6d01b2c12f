import { signal } from '@preact/signals'
import type { RunRow, Sparkline } from '../../shared/wire.ts'
import { ask } from '../api.ts'

/** The sparkline of each run's key metric. */
export const sparklines = signal<ReadonlyMap<string, Sparkline>>(new Map())

/** When the sparkline of each run was requested. Sparklines of live runs are requested repeatedly. */
const asked = new Map<string, number>()
let wanted: readonly RunRow[] = []
let timer: ReturnType<typeof setTimeout> | undefined

/** Keeps the wanted sparklines up to date until the returned function is called. */
export function followSparklines(): () => void {
  const refresh = setInterval(askWanted, 5000)
  return () => {
    clearInterval(refresh)
    clearTimeout(timer)
  }
}

/** Sets the visible runs. Their sparklines are loaded in batches. */
export function wantSparklines(rows: readonly RunRow[]): void {
  wanted = rows
  clearTimeout(timer)
  timer = setTimeout(askWanted, 60)
}

function askWanted(): void {
  const now = performance.now()
  const missing = wanted.filter(({ id, key_metric, status }) => {
    const at = asked.get(id)
    if (key_metric === null) return false
    return at === undefined || (status === 'running' && now - at > 4500)
  })
  if (missing.length === 0) return
  for (const { id } of missing) asked.set(id, now)
  const query = missing.slice(0, 80).map(({ id }) => `id=${encodeURIComponent(id)}`)
  ask<{ readonly sparklines: Readonly<Record<string, Sparkline>> }>(`sparklines?${query.join('&')}`).then(
    (answer) => {
      sparklines.value = new Map([...sparklines.value, ...Object.entries(answer.sparklines)])
    },
    () => {
      for (const { id } of missing) asked.delete(id)
    },
  )
}
