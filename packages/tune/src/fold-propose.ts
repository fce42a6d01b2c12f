import { isObject, type Json, type JsonObject, type LedgerLine } from '@hotcb/protocol'
import { changeMutation, lineOf } from './fold-mutation.ts'
import type { KnobMode } from './knob.ts'
import { type Mutation, suggestedMutation, type TunerHistory } from './story.ts'

/** Folds a `tune propose` line: a mutation begins, either as a suggestion or with a command that follows. */
export function foldPropose(story: TunerHistory, line: LedgerLine): TunerHistory {
  const mutation = readProposal(line)
  if (mutation === null) return story
  const older = suggestedMutation(story)
  const lapsed = older === undefined ? story : changeMutation(story, older.id, (one) => ({ ...one, state: 'lapsed' }))
  const isSuggested = mutation.state === 'suggested'
  // Rejections in an earlier phase do not count in this phase.
  const isRested = story.restingIn !== null && story.restingIn !== mutation.phase
  return {
    ...lapsed,
    ...(isRested && { streak: 0, restingIn: null }),
    mutations: [...lapsed.mutations, mutation],
    records: isSuggested
      ? [...lapsed.records, { kind: 'mutation', line: lineOf(mutation, 'suggested') }]
      : lapsed.records,
  }
}

function readProposal({ payload, seq, step, epoch }: LedgerLine): Mutation | null {
  if (payload === null) return null
  const { m, knob, module, key, mode, value, from, to, phase, by, metric, event, context, scale, u0, r0, s } = payload
  const number = Number(/^m_(\d+)$/.exec(textOr(m))?.[1])
  if (!Number.isSafeInteger(number) || typeof from !== 'number' || typeof to !== 'number') return null
  return {
    id: textOr(m),
    number,
    seq,
    step: step ?? 0,
    epoch,
    event: typeof event === 'string' ? event : null,
    knob: textOr(knob),
    module: textOr(module),
    key: textOr(key),
    mode: MODES.find((one) => one === mode) ?? 'set',
    value: numberOr(value),
    from,
    to,
    phase: textOr(phase),
    by: textOr(by),
    metric: textOr(metric),
    baseline: {
      scale: typeof scale === 'number' ? scale : null,
      u0: numberOr(u0),
      r0: numberOr(r0),
      s: numberOr(s),
    },
    context: isObject(context) ? (context as JsonObject) : {},
    state: payload['status'] === 'suggested' ? 'suggested' : 'asked',
    appliedStep: null,
    appliedSeq: null,
    old: null,
    declinedStep: null,
    judgement: null,
    isRegretted: false,
    because: null,
    twin: null,
    twinProblem: null,
  }
}

const MODES: readonly KnobMode[] = ['mult', 'delta', 'set']

function textOr(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function numberOr(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0
}
