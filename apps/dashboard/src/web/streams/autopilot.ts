import { type Signal, signal } from '@preact/signals'
import type { AutopilotDocument } from '../../shared/autopilot.ts'
import { follow } from '../socket.ts'
import type { OpenStream, StreamHost } from './stream.ts'

/** The run's autopilot, its rules, and proposals that are waiting for a person. */
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
  // The latest document arrives with the subscription, even after a lost connection.
  return { now, reload: () => undefined, close: leave }
}
