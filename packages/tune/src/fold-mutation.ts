import type { LedgerLine, MutationStatus, TuneMutation } from '@hotcb/protocol'
import type { Mutation, TunerHistory } from './story.ts'

/** Changes one mutation. With `status`, also adds a line for readers. */
export function changeMutation(
  story: TunerHistory,
  id: string,
  change: (mutation: Mutation) => Mutation,
  status?: MutationStatus,
): TunerHistory {
  const at = story.mutations.findLastIndex((one) => one.id === id)
  const before = story.mutations[at]
  if (before === undefined) return story
  const after = change(before)
  const records =
    status === undefined
      ? story.records
      : [...story.records, { kind: 'mutation' as const, line: lineOf(after, status) }]
  return { ...story, mutations: story.mutations.with(at, after), records }
}

/** Records that a mutation's command was not applied. */
export function failMutation(story: TunerHistory, id: string, because: string): TunerHistory {
  return changeMutation(story, id, (one) => ({ ...one, state: 'failed', because }), 'failed')
}

/** Records that a person rejected a suggestion. */
export function declineMutation(story: TunerHistory, { payload, step, author, source }: LedgerLine): TunerHistory {
  const id = payload?.['m']
  const waiting = story.mutations.findLast((one) => one.id === id && one.state === 'suggested')
  if (waiting === undefined) return story
  const because = `by ${author ?? source}`
  const decline = (one: Mutation): Mutation => ({ ...one, state: 'declined', declinedStep: step ?? one.step, because })
  return changeMutation(story, waiting.id, decline, 'rejected')
}

/** Returns a mutation in hotcb 2's format. */
export function lineOf(mutation: Mutation, status: MutationStatus): TuneMutation {
  const { id, number, step, epoch, phase, event, module, mode, key, value, by, context } = mutation
  return {
    mutation_id: id,
    step,
    epoch,
    phase_bin: phase,
    event,
    actuator: module,
    patch: module === 'opt' ? { op: `${key}_${mode}`, value } : { op: mode, key, value },
    proposal_source: by,
    context,
    snapshot_ref: `snap_${String(number).padStart(5, '0')}`,
    status,
  }
}
