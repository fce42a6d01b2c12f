import { isObject, type JsonObject, type LedgerLine, TUNE_DESCRIPTOR } from '@hotcb/protocol'
import {
  beliefsOf,
  createTunerHistoryFold,
  explainMutation,
  type Mutation,
  summaryOf,
  type TunerHistory,
  type TunerHistoryFold,
} from '@hotcb/tune'
import type { TunerDocument, TunerMutation } from '../shared/tuner.ts'
import type { LedgerListener } from './ledger-reader.ts'

/** Keeps the changes made by one run's tuner in memory, from the lines of the run's ledger. */
export class TunerReader implements LedgerListener {
  #fold: TunerHistoryFold = createTunerHistoryFold()
  #known: { readonly story: TunerHistory; readonly document: Omit<TunerDocument, 'now'> } | undefined

  take(line: LedgerLine): void {
    this.#fold.add(line)
  }

  forget(): void {
    this.#fold = createTunerHistoryFold()
  }

  /** Finds a change that the tuner suggested or made. */
  find(id: string): Mutation | undefined {
    return this.#fold.story.mutations.find((mutation) => mutation.id === id)
  }

  /** @param modules The latest reports from the trainer's modules. */
  read(modules: Readonly<Record<string, unknown>> | undefined): TunerDocument | null {
    const { story } = this.#fold
    const told = modules?.[TUNE_DESCRIPTOR.name]
    // The state document is JSON.
    const now = isObject(told) ? (told as JsonObject) : null
    if (now === null && story.mode === null && story.mutations.length === 0) return null
    if (this.#known?.story !== story) this.#known = { story, document: documentOf(story) }
    return { now, ...this.#known.document }
  }
}

const MOST_MUTATIONS = 60

function documentOf(story: TunerHistory): Omit<TunerDocument, 'now'> {
  const { mutations, mode, isFrozen, streak, restingIn, backs, ladders, hasStart, hasPre, hasGood, canLoad } = story
  const judged = mutations.filter(({ judgement }) => judgement !== null)
  const { total_mutations: all, applied_mutations: set, accept_rate: rate } = summaryOf(story, mode ?? 'off', null)
  return {
    mode,
    mutations: mutations.slice(-MOST_MUTATIONS).reverse().map(shownMutation),
    counts: { all, set, judged: judged.length, accepted: Math.round((rate ?? 0) * judged.length) },
    beliefs: beliefsOf(story),
    safety: { isFrozen, streak, restingIn, backs, ladders, hasStart, hasPre, hasGood, canLoad },
    watched: story.watchedJudgements.slice(-MOST_MUTATIONS).reverse(),
  }
}

function shownMutation(mutation: Mutation): TunerMutation {
  const { id, step, metric, phase, key, from, to, state, appliedStep, appliedSeq, judgement, twin } = mutation
  const lines = explainMutation(mutation)
  return { id, step, metric, phase, key, from, to, state, appliedStep, appliedSeq, judgement, twin, lines }
}
