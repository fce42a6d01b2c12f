import type { ControlDescription } from '@hotcb/protocol'
import type { PromptView } from './prompt-view.ts'
import { trendStrength } from './trends.ts'

/** What the ids in one prompt mean. A model answers with these ids, so it cannot name anything else. */
export interface PromptIds {
  /** Metric names by `m1`, `m2`, ... */
  readonly metrics: ReadonlyMap<string, string>
  readonly controls: ReadonlyMap<string, ControlDescription>
  readonly groups: ReadonlyMap<string, ParameterGroup>
  /** Callback ids by `k1`, `k2`, ... */
  readonly callbacks: ReadonlyMap<string, string>
}

/** One of the optimizer's parameter groups; `place` is its index. */
export interface ParameterGroup {
  readonly control: ControlDescription
  readonly place: number
  readonly value: unknown
}

const MOST_METRICS = 60
const MOST_CONTROLS = 40
const MOST_CALLBACKS = 20

export function promptIds(view: PromptView): PromptIds {
  // Only numbers can be set.
  const controls = view.controls
    .filter(({ state, current }) => state !== 'disabled' && typeof current === 'number')
    .slice(0, MOST_CONTROLS)
  const groups = controls
    .filter(({ param_key }) => param_key === 'lr')
    .flatMap((control) => (control.groups ?? []).map(({ value, place }, i) => ({ control, value, place: place ?? i })))
  return {
    metrics: numbered('m', orderedMetrics(view).slice(0, MOST_METRICS)),
    controls: numbered('c', controls),
    // With a single group, its rate is simply `lr`.
    groups: numbered('g', groups.length > 1 ? groups : []),
    callbacks: numbered('k', view.callbacks.map(({ id }) => id).slice(0, MOST_CALLBACKS)),
  }
}

function numbered<Value>(letter: string, values: readonly Value[]): ReadonlyMap<string, Value> {
  return new Map(values.map((value, i) => [`${letter}${i + 1}`, value]))
}

/** Returns the most important metrics first: the key metric, watched metrics, losses, then the metrics that change most. */
function orderedMetrics({ trends, keyMetric, memory }: PromptView): readonly string[] {
  const weight = (name: string): number => {
    if (name === (memory.keyMetric ?? keyMetric?.name)) return 4e9
    if (memory.watch.includes(name)) return 3e9
    if (/loss/i.test(name)) return 2e9
    const window = trends.window(name)
    return window === undefined ? 0 : trendStrength(window)
  }
  // Machine metrics, which exist in every run, would leave no room for the trained model's own metrics.
  return [...trends.names()]
    .filter((name) => !name.startsWith('sys/') || name === memory.keyMetric || memory.watch.includes(name))
    .map((name) => ({ name, weight: weight(name) }))
    .sort((a, b) => b.weight - a.weight)
    .map(({ name }) => name)
}
