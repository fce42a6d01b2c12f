import { messageOf } from '@hotcb/protocol'
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { MetricNames } from '../../../shared/wire.ts'
import type { PlotSeries } from '../../streams/series-store.ts'
import { useStream } from '../panel.ts'

/** The points of a chart's lines. `problem` is why they cannot be drawn; empty if they can. */
export interface Lines {
  readonly series: PlotSeries
  readonly problem: string
}

/** Returns a chart's lines. The code that evaluates expressions is loaded with the first chart that contains one. */
export function useLines(texts: readonly string[]): Lines {
  const { names, series } = useStream('metrics')
  const known = names.value === undefined ? undefined : namesOf(names.value)
  const needs = known !== undefined && texts.some((text) => !known.has(text))
  const [read, setRead] = useState<Reader | undefined>(() => reader)
  const [failure, setFailure] = useState('')
  useEffect(() => {
    if (!needs || reader !== undefined) return
    import('./formula-series.ts').then(
      ({ formulaSeries }) => {
        reader = formulaSeries
        setRead(() => formulaSeries)
      },
      (error: unknown) => setFailure(messageOf(error)),
    )
  }, [needs])
  // New names arrive one after another while a run starts. The lines must not change before one of their own names arrives.
  const own = known === undefined ? '' : texts.map((text) => known.has(text)).join()
  return useMemo(() => {
    if (!needs || known === undefined) return { series, problem: '' }
    if (read === undefined) return { series, problem: failure }
    const found = read(series, texts, known)
    return found.ok ? { series: found.series, problem: '' } : { series, problem: found.problem }
  }, [series, texts.join('\n'), needs, own, needs ? known?.size : 0, read, failure])
}

type Reader = typeof import('./formula-series.ts').formulaSeries
let reader: Reader | undefined

/** Returns the names of all metrics. The same answer always returns the same set. */
export function namesOf(answer: MetricNames): ReadonlySet<string> {
  const known = sets.get(answer) ?? new Set(answer.names.map(({ name }) => name))
  sets.set(answer, known)
  return known
}

const sets = new WeakMap<MetricNames, ReadonlySet<string>>()
