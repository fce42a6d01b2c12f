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

/** All that the page knows of one run. */
export interface RunStore {
  readonly id: string
  /** The state of the run: the stream `state`, which is always open. */
  readonly detail: Signal<RunDetail | undefined>
  /** Why there is nothing to show, or why it is not live. */
  readonly problem: Signal<string | null>
  /** The commands of the run, and its modules as they describe themselves. */
  readonly words: ReadonlySignal<RunWords>
  /** A change in the words of the run's own modules. */
  describe(change: Change): string
  /** Sends what the page asks, and shows the answer. */
  readonly answers: AnswerLog
  /** What is staged and not sent. */
  readonly staging: Staging
  /** Controls that the trainer itself moves. */
  readonly moving: MovingKeys
  /** What took the place of the training or the trainer that this page was opened with. */
  readonly replaced: ReadonlySignal<Replacement | undefined>
  /** When the run was last seen as it is, in epoch milliseconds. */
  readonly seenMs: ReadonlySignal<number>
  readonly streams: RunStreams
  close(): void
}

/** Opens a run: its state and ledger are followed until it is closed, other streams while a panel needs them. */
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
  // The ledger determines the outcome of commands, and proposals wait for a person, whatever is shown.
  streams.hold(['state', 'ledger', 'people', 'autopilot', 'alerts'])
  const { detail, problem } = streams.get('state')
  const { markers } = streams.get('ledger')
  // A detail arrives every second, and its descriptors hardly ever change.
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
    // After a replacement, the time at which the earlier run was last seen remains.
    if (replaced.peek() === undefined) seenMs.value = Date.now()
    before = now
    moving.take(now.controls, (key) => changes.peek().get(key) ?? 0, now.row.step)
    if (staging.setTraining(trainingOf(now))) {
      answers.tell('Staged changes were dropped', { says: 'they were for the run that was here before' })
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

/** How many changes each key has had. */
function countChanges(markers: readonly Marker[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { params } of markers) {
    if (!isObject(params)) continue
    for (const key of Object.keys(params)) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}
