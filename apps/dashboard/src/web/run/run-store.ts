import type { Signal } from '@preact/signals'
import type { RunDetail } from '../../shared/wire.ts'
import { createRunStreams, type RunStreams } from '../streams/open-streams.ts'
import { CommandLog } from './command-log.ts'

/** All that the page knows of one run. */
export interface RunStore {
  readonly id: string
  /** Where the run stands: the stream `state`, which is always open. */
  readonly detail: Signal<RunDetail | undefined>
  /** Why there is nothing to show, or why it is not live. */
  readonly problem: Signal<string | null>
  readonly commands: CommandLog
  readonly streams: RunStreams
  close(): void
}

/** Opens a run: its state and ledger are followed until it is closed, other streams while a panel needs them. */
export function openRunStore(id: string): RunStore {
  const commands = new CommandLog(id)
  const streams = createRunStreams({ id, commands })
  // The ledger decides what has become of commands, whatever is shown.
  streams.hold(['state', 'ledger'])
  const { detail, problem } = streams.get('state')
  return { id, detail, problem, commands, streams, close: streams.close }
}
