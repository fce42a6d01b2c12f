import { type ReadonlySignal, signal } from '@preact/signals'
import { STATES, type SweepCurves, type TrialState } from '../../shared/sweeps/sweep-wire.ts'
import { send } from '../api.ts'
import type { SweepData } from './sweep-data.ts'
import type { SweepStore } from './sweep-store.ts'

export interface Curve {
  readonly i: number
  readonly steps: readonly number[]
  readonly values: readonly number[]
}

/** The learning curves of the trials that match the filters. */
export interface CurveStore {
  readonly curves: ReadonlySignal<ReadonlyMap<number, Curve>>
  /** The trials whose curves are shown: those that are running, and the best of the others. */
  readonly shown: ReadonlySignal<readonly number[]>
  close(): void
}

/** The maximum number of curves. With more curves, individual ones are no longer visible. */
export const MOST_CURVES = 300
const POINTS = 120
/** While a person drags a range, it changes many times a second. Curves are requested when it has not changed for this long. */
const REST_MS = 250
const LOOK_MS = 2000

const RUNNING: ReadonlySet<TrialState> = new Set(['running', 'stopping', 'pruning', 'pausing'])

export function openCurveStore(store: SweepStore): CurveStore {
  const curves = signal<ReadonlyMap<number, Curve>>(new Map())
  const shown = signal<readonly number[]>([])
  // A curve is complete once its trial has ended. The attempt shows whether the trial was restarted.
  const complete = new Map<number, number>()
  let metric: string | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false

  const forget = (): void => {
    metric = store.metric.value
    complete.clear()
    curves.value = new Map()
  }
  const take = (asked: readonly number[], answer: SweepCurves): void => {
    curves.value = new Map([...curves.value, ...answer.curves.map((curve) => [curve.i, curve] as const)])
    const { data } = store.data.value
    for (const i of asked) {
      const place = data.places.get(i) ?? -1
      if (!isRunning(data, place)) complete.set(i, data.attempt[place] ?? 0)
    }
  }
  const look = async (): Promise<void> => {
    clearTimeout(timer)
    if (store.metric.value !== metric) forget()
    shown.value = chooseTrials(store)
    const { data } = store.data.value
    const asked = shown.value.filter((i) => complete.get(i) !== data.attempt[data.places.get(i) ?? -1])
    const answer = await fetchCurves(store.id, metric, asked)
    if (isClosed) return
    if (answer !== undefined && store.metric.value === metric) take(asked, answer)
    timer = setTimeout(() => void look(), LOOK_MS)
  }
  const stop = store.kept.subscribe(() => {
    clearTimeout(timer)
    timer = setTimeout(() => void look(), REST_MS)
  })
  return {
    curves,
    shown,
    close() {
      isClosed = true
      stop()
      clearTimeout(timer)
    },
  }
}

async function fetchCurves(
  id: string,
  metric: string | null,
  trials: readonly number[],
): Promise<SweepCurves | undefined> {
  if (trials.length === 0 || metric === null || document.visibilityState !== 'visible') return undefined
  const path = `sweeps/${encodeURIComponent(id)}/curves`
  // The next check repeats the request.
  return send<SweepCurves>(path, { metric, trials, points: POINTS }).catch(() => undefined)
}

function isRunning({ state }: SweepData, place: number): boolean {
  return RUNNING.has(STATES[state[place] ?? 0] ?? 'ready')
}

/** Running trials come first, then the best ones. If there is a box, its trials are shown without ranking them again. */
function chooseTrials(store: SweepStore): readonly number[] {
  const { data } = store.data.value
  if (store.inBox.value !== null) {
    const others = [...store.kept.value].map((place) => data.index[place] ?? 0)
    return others.slice(0, MOST_CURVES)
  }
  const sign = store.direction.value === 'max' ? -1 : 1
  const rank = (place: number): number => {
    if (isRunning(data, place)) return Number.NEGATIVE_INFINITY
    const value = data.value[place]
    return value === null || value === undefined ? Number.POSITIVE_INFINITY : sign * value
  }
  const began = [...store.kept.value].filter((place) => (data.attempt[place] ?? 0) > 0)
  const sorted = began
    .map((place) => ({ place, rank: rank(place) }))
    .sort((a, b) => a.rank - b.rank || a.place - b.place)
  return sorted.slice(0, MOST_CURVES).map(({ place }) => data.index[place] ?? 0)
}
