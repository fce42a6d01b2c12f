import { messageOf } from '@hotcb/protocol'
import { useEffect, useState } from 'preact/hooks'
import { send } from '../api.ts'
import type { SweepStore } from './sweep-store.ts'

/** An analysis that the server computes from the remaining trials; it is requested again once they no longer change. */
export interface Analysis<Answer> {
  readonly answer: Answer | undefined
  readonly problem: string | null
}

const REST_MS = 500
/** The number of completed trials changes all the time while a sweep runs: the answer, less. */
const EVERY_MS = 15_000

/** @param more Further fields of the request. */
export function useAnalysis<Answer>(
  store: SweepStore,
  kind: 'importance' | 'contour',
  more: Readonly<Record<string, string>>,
): Analysis<Answer> {
  const [state, setState] = useState<Analysis<Answer>>({ answer: undefined, problem: null })
  const key = JSON.stringify([more, store.metric.value])
  useEffect(() => {
    const ask = (trials: readonly number[] | null): Promise<Answer> =>
      send<Answer>(`sweeps/${encodeURIComponent(store.id)}/${kind}`, { ...more, metric: store.metric.value, trials })
    return keepAsking(store, ask, setState)
  }, [store, kind, key])
  return state
}

/** Asks whenever other trials are kept, and now and then while trials complete. */
function keepAsking<Answer>(
  store: SweepStore,
  ask: (trials: readonly number[] | null) => Promise<Answer>,
  show: (state: Analysis<Answer>) => void,
): () => void {
  let isOver = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked: { readonly key: string; readonly dueMs: number } | undefined
  const look = async (): Promise<void> => {
    const trials = keptTrials(store)
    const askedKey = trials === null ? 'all' : trials.join()
    const isDue = asked?.key !== askedKey || performance.now() >= asked.dueMs
    if (isDue) {
      asked = { key: askedKey, dueMs: performance.now() + EVERY_MS }
      const state = await ask(trials).then(
        (answer) => ({ answer, problem: null }),
        (error: unknown) => ({ answer: undefined, problem: messageOf(error) }),
      )
      if (!isOver) show(state)
    }
    if (!isOver) timer = setTimeout(() => void look(), EVERY_MS)
  }
  const stop = store.kept.subscribe(() => {
    clearTimeout(timer)
    timer = setTimeout(() => void look(), REST_MS)
  })
  return () => {
    isOver = true
    stop()
    clearTimeout(timer)
  }
}

/** The indices of the trials that are kept; null for all. */
function keptTrials(store: SweepStore): readonly number[] | null {
  const { data } = store.data.value
  return store.isFiltered.value ? [...store.kept.value].map((place) => data.index[place] ?? 0) : null
}
