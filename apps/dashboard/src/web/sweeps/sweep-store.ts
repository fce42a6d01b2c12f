import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { viewParam } from '../route.ts'
import { type Brush, passing, readFilter } from './filter.ts'
import { type FollowedSweep, followSweep } from './follow-sweep.ts'
import { readSorting, sortedPlaces } from './order.ts'
import { axesOf, type DataAxis } from './sweep-data.ts'
import { rankColors } from './value-colors.ts'

/** One sweep's data and view state. */
export interface SweepStore extends FollowedSweep {
  readonly id: string
  /** The metric that is shown. */
  readonly metric: ReadonlySignal<string | null>
  readonly direction: ReadonlySignal<'min' | 'max'>
  /** The colour number of each trial. */
  readonly colors: ReadonlySignal<Uint8Array>
  readonly axes: ReadonlySignal<readonly DataAxis[]>
  readonly brushes: Signal<ReadonlyMap<string, Brush>>
  readonly states: Signal<ReadonlySet<number>>
  /** The trials whose curves pass through the box on the curves; null if there is no box. */
  readonly inBox: Signal<ReadonlySet<number> | null>
  /** Positions of the trials that match all filters. */
  readonly kept: ReadonlySignal<Int32Array>
  /** Whether any filter is active. */
  readonly isFiltered: ReadonlySignal<boolean>
  /** The same positions, in the order of the table. */
  readonly ordered: ReadonlySignal<Int32Array>
  /** Indices of the selected trials. */
  readonly chosen: Signal<ReadonlySet<number>>
  /** The outcome of the last request from this page; null if there is none. */
  readonly notice: Signal<{ readonly text: string; readonly isBad: boolean } | null>
}

export function openSweepStore(id: string): SweepStore {
  const followed = followSweep(id)
  const { detail, data } = followed
  const metric = computed(() => viewParam('metric') ?? detail.value?.objective.metric ?? null)
  const axes = computed(() => axesOf(data.value.data, detail.value?.parameters ?? [], metric.value))
  const brushes = signal<ReadonlyMap<string, Brush>>(new Map())
  const states = signal<ReadonlySet<number>>(new Set())
  const inBox = signal<ReadonlySet<number> | null>(null)
  const terms = computed(() => readFilter(viewParam('q') ?? '').terms)
  const kept = computed(() =>
    passing(data.value.data, axes.value, {
      brushes: brushes.value,
      states: states.value,
      terms: terms.value,
      inBox: inBox.value,
    }),
  )
  const direction = computed(() => detail.value?.objective.direction ?? 'min')
  const colors = computed(() => rankColors(data.value.data, direction.value))
  const sorted = computed(() => sortedPlaces(data.value.data, readSorting(viewParam('sort'), direction.value)))
  const ordered = computed(() => {
    const isKept = new Uint8Array(sorted.value.length)
    for (const place of kept.value) isKept[place] = 1
    return sorted.value.filter((place) => isKept[place] === 1)
  })
  return {
    ...followed,
    id,
    metric,
    direction,
    colors,
    axes,
    brushes,
    states,
    inBox,
    kept,
    isFiltered: computed(
      () => brushes.value.size > 0 || states.value.size > 0 || terms.value.length > 0 || inBox.value !== null,
    ),
    ordered,
    chosen: signal<ReadonlySet<number>>(new Set()),
    notice: signal(null),
  }
}
