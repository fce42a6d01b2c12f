import { type Signal, signal } from '@preact/signals'
import type { TunerDocument } from '../../shared/tuner.ts'
import { follow } from '../socket.ts'
import type { OpenStream, StreamHost } from './stream.ts'

/** The changes and estimates of the run's tuner. */
export interface TunerStream extends OpenStream {
  /** Null if the run has no tuner; undefined before that is known. */
  readonly now: Signal<TunerDocument | null | undefined>
}

export function openTuner({ id }: StreamHost): TunerStream {
  const now = signal<TunerDocument | null | undefined>(undefined)
  const leave = follow({
    run: id,
    channel: 'tuner',
    onData({ tune }) {
      now.value = tune
    },
  })
  // The latest document arrives with the subscription, even after a lost connection.
  return { now, reload: () => undefined, close: leave }
}
