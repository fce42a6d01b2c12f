import { isObject } from '@hotcb/protocol'
import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { type Change, describeChange } from '../../shared/describe.ts'
import type { CommandsAccepted, Marker, RunDetail } from '../../shared/wire.ts'
import { type AnswerLog, createAnswerLog } from '../answers/answer-log.ts'
import { runPath, send } from '../api.ts'
import { askAuthor } from '../author/author.ts'
import { createMovingKeys, type MovingKeys } from '../staged/moving.ts'
import { openStaging, type Staging } from '../staged/staging.ts'
import { createRunStreams, type RunStreams } from '../streams/open-streams.ts'
import { type RunWords, wordsOf } from './line-facts.ts'
import { type Replacement, replacementOf, trainingOf } from './replacement.ts'
import { sessionText } from './session-text.ts'

/** All data that the page has about one run. */
export interface RunStore {
  readonly id: string
  /** The run's state: the `state` stream, which is always open. */
  readonly detail: Signal<RunDetail | undefined>
  /** Why there is nothing to show, or why the data is not live. */
  readonly problem: Signal<string | null>
  /** The run's commands, and its modules as it describes them. */
  readonly words: ReadonlySignal<RunWords>
  /** Describes a change, with the texts of the run's own modules. */
  describe(change: Change): string
  /** Sends the page's requests, and shows the answers. */
  readonly answers: AnswerLog
  /** The changes that are staged but not sent. */
  readonly staging: Staging
  /** The controls that the trainer itself changes. */
  readonly moving: MovingKeys
  /** The training run or trainer that has replaced the one for which the page was opened. */
  readonly replaced: ReadonlySignal<Replacement | undefined>
  /** When the run's state was last confirmed, in epoch milliseconds. */
  readonly seenMs: ReadonlySignal<number>
  readonly streams: RunStreams
  close(): void
}

/** Opens a run. Its state and ledger are followed until the run is closed; other streams are followed while a panel needs them. */
export function openRunStore(id: string): RunStore {
  const describe = (change: Change): string => describeChange(change, words.value.table)
  const answers = createAnswerLog({
    describe,
    author: askAuthor,
    commands: (commands) => send<CommandsAccepted>(runPath(id, 'commands'), { commands }),
    freeze: (draft) => send<{ readonly notes: readonly string[] }>(runPath(id, 'freeze'), draft, 'PUT'),
    nowMs: () => Date.now(),
  })
  const staging = openStaging(sessionText(`hotcb-staged ${id}`))
  const moving = createMovingKeys()
  const streams = createRunStreams({ id, answers })
  // These streams are needed regardless of the shown panel, because the ledger contains the outcomes of commands, and proposals
  // may be waiting for a person.
  streams.hold(['state', 'ledger', 'people', 'autopilot', 'alerts'])
  const { detail, problem } = streams.get('state')
  const { markers } = streams.get('ledger')
  // The details arrive every second, but the descriptors in them rarely change.
  let known = { text: '[]', words: wordsOf([]) }
  const words = computed(() => {
    const descriptors = detail.value?.modules ?? []
    const text = JSON.stringify(descriptors)
    if (text !== known.text) known = { text, words: wordsOf(descriptors) }
    return known.words
  })
  const replaced = signal<Replacement | undefined>(undefined)
  const seenMs = signal(Date.now())
  let before: RunDetail | undefined
  const changes = computed(() => countChanges(markers.value))
  const stopLooking = effect(() => {
    const now = detail.value
    if (now === undefined) return
    const other = replacementOf(before, now)
    if (other !== undefined) replaced.value = other
    // After a replacement, this remains the time at which the earlier run was last confirmed.
    if (replaced.peek() === undefined) seenMs.value = Date.now()
    before = now
    moving.take(now.controls, (key) => changes.peek().get(key) ?? 0, now.row.step)
    if (staging.setTraining(trainingOf(now))) {
      answers.tell('Staged changes were dropped', { says: 'they belonged to the previous run' })
    }
  })
  return {
    id,
    detail,
    problem,
    words,
    describe,
    answers,
    staging,
    moving,
    replaced,
    seenMs,
    streams,
    close() {
      stopLooking()
      streams.close()
    },
  }
}

/** Returns the number of changes of each key. */
function countChanges(markers: readonly Marker[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { params } of markers) {
    if (!isObject(params)) continue
    for (const key of Object.keys(params)) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}
