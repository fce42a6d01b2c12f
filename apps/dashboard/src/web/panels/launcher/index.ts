import { me } from '../../session.ts'
import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'

/** The process of a run: it is ended, continued, and branched from a checkpoint here; other training runs are started. */
export const launcher: Panel = {
  name: 'launcher',
  title: 'Launcher',
  placement: 'tab',
  streams: ['state'],
  applies: () => me.value.has_launcher,
  Content: lazyPanel(async () => (await import('./launcher-panel.tsx')).LauncherPanel),
}
