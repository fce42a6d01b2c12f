import { computed, type ReadonlySignal, type Signal } from '@preact/signals'
import { type Change, describeChange } from '../../shared/describe.ts'
import type { RunDetail } from '../../shared/wire.ts'
import { createRunStreams, type RunStreams } from '../streams/open-streams.ts'
import { CommandLog } from './command-log.ts'
import { type RunWords, wordsOf } from './line-facts.ts'

/** All that the page knows of one run. */
export interface RunStore {
  readonly id: string
  /** Where the run stands: the stream `state`, which is always open. */
  readonly detail: Signal<RunDetail | undefined>
  /** Why there is nothing to show, or why it is not live. */
  readonly problem: Signal<string | null>
  /** The commands of the run, and its modules as they describe themselves. */
  readonly words: ReadonlySignal<RunWords>
  /** A change in the words of the run's own modules. */
  describe(change: Change): string
  readonly commands: CommandLog
  readonly streams: RunStreams
  close(): void
}

/** Opens a run: its state and ledger are followed until it is closed, other streams while a panel needs them. */
export function openRunStore(id: string): RunStore {
  const describe = (change: Change): string => describeChange(change, words.value.table)
  const commands = new CommandLog(id, describe)
  const streams = createRunStreams({ id, commands })
  // The ledger decides what has become of commands, whatever is shown.
  streams.hold(['state', 'ledger'])
  const { detail, problem } = streams.get('state')
  // A detail comes every second, and the descriptors in it hardly ever change.
  let known = { text: '[]', words: wordsOf([]) }
  const words = computed(() => {
    const descriptors = detail.value?.modules ?? []
    const text = JSON.stringify(descriptors)
    if (text !== known.text) known = { text, words: wordsOf(descriptors) }
    return known.words
  })
  return { id, detail, problem, words, describe, commands, streams, close: streams.close }
}
