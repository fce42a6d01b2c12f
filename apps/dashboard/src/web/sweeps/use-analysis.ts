import { messageOf } from '@hotcb/protocol'
import { useEffect, useState } from 'preact/hooks'
import { send } from '../api.ts'
import type { SweepStore } from './sweep-store.ts'

/** An analysis that the server computes from the trials that match the filters. It is requested again once they have stopped changing. */
export interface Analysis<Answer> {
  readonly answer: Answer | undefined
  readonly problem: string | null
}

const REST_MS = 500
/** While a sweep runs, the number of completed trials changes often, but the answer hardly does. */
const EVERY_MS = 15_000

/** @param more Additional fields for the request. */
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

/** Repeats the request when different trials match the filters, and regularly while trials complete. */
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

/** Returns the indices of the trials that match the filters; null for all. */
function keptTrials(store: SweepStore): readonly number[] | null {
  const { data } = store.data.value
  return store.isFiltered.value ? [...store.kept.value].map((place) => data.index[place] ?? 0) : null
}
