import { ok, type Result, refused, show } from '@hotcb/protocol'

/** A request for a picture, from a person or the model. */
export interface PlotWish {
  readonly kind: string
  /** Null: the objective, or the most likely metric. */
  readonly metric: string | null
  /** Null: all. */
  readonly trials: readonly number[] | null
  /** The number of values averaged for each point of a curve. */
  readonly smooth: number
}

const MOST_TRIALS = 10_000
const MOST_SMOOTH = 1000

/**
 * Reads the words after `/plot`: a kind, a metric, trials such as `0,3-5`, and a number of values to smooth over. Each may
 * appear once. The first numeric word selects trials, as in HyperHerd; `smooth=5` names the smoothing explicitly.
 */
export function readPlotWish(words: readonly string[], kinds: readonly string[]): Result<PlotWish> {
  let wish: Partial<PlotWish> = {}
  for (const word of words) {
    const read = readWord(word, wish, kinds)
    if (!read.ok) return read
    wish = { ...wish, ...read.value }
  }
  return ok({ kind: 'curves', metric: null, trials: null, smooth: 1, ...wish })
}

function readWord(word: string, known: Partial<PlotWish>, kinds: readonly string[]): Result<Partial<PlotWish>> {
  const [, named, count = named] = /^(?:smooth=(.*)|(\d+))$/.exec(word) ?? []
  if (known.trials === undefined && named === undefined && /^\d/.test(word)) {
    const read = readIndices(word)
    return read.ok ? ok({ trials: read.value }) : read
  }
  if (count !== undefined && known.smooth === undefined) return readSmooth(count)
  if (known.kind === undefined && kinds.includes(word)) return ok({ kind: word })
  if (known.metric === undefined) return ok({ metric: word })
  return refused(`${show(word)} was not expected; give a kind, a metric, trials and smooth=N`)
}

function readSmooth(count: string): Result<Partial<PlotWish>> {
  const smooth = /^\d+$/.test(count) ? Number(count) : 0
  if (smooth >= 1 && smooth <= MOST_SMOOTH) return ok({ smooth })
  return refused(`smooth must be a whole number from 1 to ${MOST_SMOOTH}, got ${show(count)}`)
}

function readIndices(word: string): Result<readonly number[]> {
  const indices = new Set<number>()
  for (const part of word.split(',')) {
    const [, from = '', to = from] = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(part) ?? []
    if (from === '') return refused(`${show(word)} is not a list of trials such as 0,3-5`)
    const [first, last] = [Number(from), Number(to)]
    if (last < first || last - first >= MOST_TRIALS)
      return refused(`${show(part)} is not a range of at most ${MOST_TRIALS} trials`)
    for (let i = first; i <= last; i++) indices.add(i)
  }
  return ok([...indices])
}
