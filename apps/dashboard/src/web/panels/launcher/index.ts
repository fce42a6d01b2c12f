import { me } from '../../session.ts'
import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'

/** A run's process, which can be stopped, continued, and branched from a checkpoint. Other training runs can be started here too. */
export const launcher: Panel = {
  name: 'launcher',
  title: 'Launcher',
  placement: 'tab',
  streams: ['state'],
  applies: () => me.value.has_launcher,
  Content: lazyPanel(async () => (await import('./launcher-panel.tsx')).LauncherPanel),
}
