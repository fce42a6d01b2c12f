import { type Signal, signal } from '@preact/signals'
import { followLines } from './follow-lines.ts'
import type { OpenStream, StreamHost } from './stream.ts'

/** Captured features of a run. */
export interface FeaturesStream extends OpenStream {
  /** The latest step of each layer. */
  readonly newest: Signal<ReadonlyMap<string, number>>
}

export function openFeatures({ id }: StreamHost): FeaturesStream {
  const newest = signal<ReadonlyMap<string, number>>(new Map())
  const followed = followLines({
    run: id,
    channel: 'features',
    load: async () => ({ cursor: null }),
    onPage: () => undefined,
    onData: (records) => {
      newest.value = new Map([...newest.value, ...records.map(({ layer_name, step }) => [layer_name, step] as const)])
    },
  })
  return { newest, ...followed }
}
