import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'
import { shownRamp } from './open-ramp.ts'

/** Plans a ramp, opened from its control. */
export const ramp: Panel = {
  name: 'ramp',
  title: 'Ramp',
  placement: 'dialog',
  streams: ['state'],
  applies: () => shownRamp.value !== undefined,
  Content: lazyPanel(async () => (await import('./ramp-dialog.tsx')).RampDialog),
}
