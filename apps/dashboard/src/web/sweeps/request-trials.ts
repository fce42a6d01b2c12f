import { messageOf } from '@hotcb/protocol'
import {
  type SetAnswer,
  STATES,
  type SweepWant,
  type TrialRequestAnswer,
  type TrialState,
} from '../../shared/sweeps/sweep-wire.ts'
import { send } from '../api.ts'
import { askAuthor } from '../author/author.ts'
import type { SweepStore } from './sweep-store.ts'

const LIVE: ReadonlySet<TrialState> = new Set(['submitting', 'submitted', 'queued', 'running', 'pruning', 'pausing'])

/** Whether the server would accept this request for a trial in this state. */
export function canWant(want: SweepWant | 'set', state: TrialState): boolean {
  if (want === 'set') return LIVE.has(state)
  if (want === 'resume') return state === 'paused' || state === 'cancelled' || state === 'failed'
  return LIVE.has(state) || state === 'waiting' || (want === 'prune' && state === 'paused')
}

/** Returns the trials to which the request can be applied. */
export function thoseThatCan(store: SweepStore, want: SweepWant | 'set', trials: readonly number[]): readonly number[] {
  const { data } = store.data.value
  return trials.filter((i) => canWant(want, STATES[data.state[data.places.get(i) ?? -1] ?? -1] ?? 'completed'))
}

const DONE: Readonly<Record<SweepWant, string>> = {
  stop: 'Asked to stop',
  prune: 'Asked to stop because they are not worth continuing',
  pause: 'Asked to save a checkpoint and pause',
  resume: 'Will be started again',
}

/** Sends a request; the notice on the page shows the outcome. */
export async function requestTrials(store: SweepStore, want: SweepWant, trials: readonly number[]): Promise<void> {
  const author = await askAuthor()
  if (author === undefined) return
  try {
    const path = `sweeps/${encodeURIComponent(store.id)}/requests`
    const answer = await send<TrialRequestAnswer>(path, { want, choice: { trials }, author: author.sent })
    const named =
      answer.trials.length === 0
        ? 'The request does not apply to any of these trials'
        : `${DONE[want]}: ${trialsText(answer.trials)}`
    const text = answer.note === null ? `${named}.` : `${named}. But ${answer.note}.`
    store.notice.value = { text, isBad: answer.note !== null || answer.trials.length === 0 }
  } catch (error) {
    store.notice.value = { text: messageOf(error), isBad: true }
  }
  store.lookNow()
}

/** Changes controls of running trials. @param pairs Pairs such as `lr=x0.5`. */
export async function setControls(
  store: SweepStore,
  trials: readonly number[],
  pairs: readonly string[],
  note: string,
) {
  const author = await askAuthor()
  if (author === undefined) return
  try {
    const path = `sweeps/${encodeURIComponent(store.id)}/set`
    const body = { choice: { trials }, set: pairs, author: author.sent, ...(note !== '' && { note }) }
    const answer = await send<SetAnswer>(path, body)
    store.notice.value = setNotice(answer)
  } catch (error) {
    store.notice.value = { text: messageOf(error), isBad: true }
  }
}

function setNotice({ trials }: SetAnswer): { readonly text: string; readonly isBad: boolean } {
  const applied = trials.filter(({ decision }) => decision === 'applied')
  const queued = trials.filter(({ decision }) => decision === null)
  const refused = trials.filter(({ decision }) => decision !== null && decision !== 'applied')
  const parts = [
    ...(applied.length > 0 ? [`Applied in ${trialsText(applied.map(({ i }) => i))}`] : []),
    ...(queued.length > 0 ? [`no answer yet from ${trialsText(queued.map(({ i }) => i))}`] : []),
    ...(refused.length > 0 ? [`refused in ${trialsText(refused.map(({ i }) => i))}: ${refused[0]?.text ?? ''}`] : []),
  ]
  const [one] = applied
  const detail = applied.length === 1 && one !== undefined ? ` (${one.text})` : ''
  return { text: `${parts.join('; ')}${detail}.`, isBad: refused.length > 0 }
}

/** `trial 3`, `trials 3, 4`, `412 trials`. */
export function trialsText(trials: readonly number[]): string {
  if (trials.length === 1) return `trial ${trials[0]}`
  return trials.length <= 6 ? `trials ${trials.join(', ')}` : `${trials.length} trials`
}
