import { isObject, type Json, type JsonObject, type LedgerLine, type TuneSegment } from '@hotcb/protocol'
import { changeMutation } from './fold-mutation.ts'
import type { Judgement, Mutation, TunerHistory, TwinEffect } from './story.ts'

/** Folds a `tune judge` line: the verdict on a mutation or on someone else's change. */
export function foldJudge(story: TunerHistory, line: LedgerLine): TunerHistory {
  const { payload, step } = line
  if (payload === null) return story
  const watched = foldWatched(story, payload)
  if (watched !== null) return watched
  const { m } = payload
  const judgement = readJudgement(payload, line.seq, step ?? 0)
  const mutation = story.mutations.findLast((one) => one.id === m)
  if (mutation === undefined || mutation.judgement !== null) return story
  const { decision } = judgement
  const status = decision === 'accepted' ? 'accepted' : judgement.putBack === null ? 'rejected' : 'rolled_back'
  const judged = changeMutation(
    story,
    mutation.id,
    (one) => ({ ...one, state: decision, judgement, ...readTwin(payload) }),
    status,
  )
  const streak = decision === 'accepted' ? 0 : story.streak + 1
  return {
    ...judged,
    streak,
    restingIn: typeof payload['rest'] === 'string' ? payload['rest'] : story.restingIn,
    judgedStep: step ?? story.judgedStep,
    backs: decision === 'accepted' ? 0 : story.backs,
    records: [...judged.records, { kind: 'segment', line: segmentOf(mutation, judgement, line) }],
  }
}

function foldWatched(story: TunerHistory, payload: JsonObject): TunerHistory | null {
  const { of, decision, score, z } = payload
  if (typeof of !== 'number') return null
  const { watched } = story
  if (watched?.seq !== of) return story
  const judgement = { ...watched, decision: String(decision), score: numberOrNull(score), z: numberOrNull(z) }
  return { ...story, watched: null, watchedJudgements: [...story.watchedJudgements, judgement] }
}

function readJudgement(payload: JsonObject, seq: number, step: number): Judgement {
  const { decision, score, z, n, bad, put_back: putBack, before, now } = payload
  return {
    seq,
    step,
    decision: decision === 'accepted' ? 'accepted' : 'rejected',
    score: numberOrNull(score),
    z: numberOrNull(z),
    n: typeof n === 'number' ? n : 0,
    bad: typeof bad === 'string' ? bad : null,
    putBack: putBack === 'values' || putBack === 'weights' ? putBack : null,
    before: numberOrNull(before),
    now: numberOrNull(now),
  }
}

function readTwin({ effect, effect_problem: problem }: JsonObject): Pick<Mutation, 'twin' | 'twinProblem'> {
  const twinProblem = typeof problem === 'string' ? problem : null
  if (!isObject(effect)) return { twin: null, twinProblem }
  const from = effect as JsonObject
  const number = (key: string): number => numberOrNull(from[key]) ?? Number.NaN
  const twin: TwinEffect = {
    metric: typeof from['metric'] === 'string' ? from['metric'] : '',
    difference: number('difference'),
    low: number('low'),
    high: number('high'),
    pairs: number('pairs'),
    steps: number('steps'),
    with: number('with'),
    without: number('without'),
  }
  return { twin, twinProblem }
}

/** Returns a judgement in hotcb 2's format. */
function segmentOf(mutation: Mutation, judgement: Judgement, { payload }: LedgerLine): TuneSegment {
  const { id, number, metric, appliedStep, step } = mutation
  const { decision, score, bad, putBack, before, now } = judgement
  return {
    segment_id: `s_${String(number).padStart(5, '0')}`,
    mutation_id: id,
    start_step: appliedStep ?? step,
    end_step: judgement.step,
    horizon_type: typeof payload?.['horizon'] === 'string' ? payload['horizon'] : 'next_val_epoch_end',
    pre: { [metric]: before },
    post: { [metric]: now },
    delta: { [metric]: before === null || now === null ? null : now - before },
    stability: { nan: bad === 'nan', anomaly: bad === 'anomaly', grad_spike: false },
    decision: putBack === null ? decision : 'rolled_back',
    score_delta: score,
  }
}

function numberOrNull(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null
}
