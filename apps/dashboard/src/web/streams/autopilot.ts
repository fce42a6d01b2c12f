import { type Signal, signal } from '@preact/signals'
import type { AutopilotDocument } from '../../shared/autopilot.ts'
import { follow } from '../socket.ts'
import type { OpenStream, StreamHost } from './stream.ts'

/** The autopilot of the run, its rules, and proposals that wait for a person. */
export interface AutopilotStream extends OpenStream {
  readonly now: Signal<AutopilotDocument | undefined>
}

export function openAutopilot({ id }: StreamHost): AutopilotStream {
  const now = signal<AutopilotDocument | undefined>(undefined)
  const leave = follow({
    run: id,
    channel: 'autopilot',
    onData(data) {
      now.value = data
    },
  })
  // The newest document comes with the subscription, also after a lost connection.
  return { now, reload: () => undefined, close: leave }
}
