import { type Signal, signal } from '@preact/signals'
import type { AlertsDocument } from '../../shared/alerts.ts'
import { follow } from '../socket.ts'
import type { OpenStream, StreamHost } from './stream.ts'

/** The run's alerts, the people who have seen them, and the rules that raise them. */
export interface AlertsStream extends OpenStream {
  readonly now: Signal<AlertsDocument | undefined>
}

export function openAlerts({ id }: StreamHost): AlertsStream {
  const now = signal<AlertsDocument | undefined>(undefined)
  const leave = follow({
    run: id,
    channel: 'alerts',
    onData(data) {
      now.value = data
    },
  })
  // The latest document arrives with the subscription, even after a lost connection.
  return { now, reload: () => undefined, close: leave }
}
