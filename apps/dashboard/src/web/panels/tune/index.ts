import { TUNE_DESCRIPTOR } from '@hotcb/protocol'
import type { RunStore } from '../../run/run-store.ts'
import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'

/** The changes made by a run's tuner, the verdict on each, and its estimates. */
export const tune: Panel = {
  name: TUNE_DESCRIPTOR.name,
  title: 'Tuner',
  placement: 'tab',
  streams: ['state', 'ledger', 'metrics', 'tuner'],
  applies: hasTuner,
  count: (run) =>
    run.streams.get('tuner').now.value?.mutations.filter(({ state }) => state === 'suggested').length ?? 0,
  Content: lazyPanel(async () => (await import('./tune-panel.tsx')).TunePanel),
}

function hasTuner({ detail, streams }: RunStore): boolean {
  const { name } = TUNE_DESCRIPTOR
  if (detail.value?.state?.modules[name] !== undefined) return true
  return streams.get('ledger').markers.value.some(({ module, source }) => module === name || source === name)
}
