import { unacknowledged } from '../../../shared/alerts.ts'
import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'

/** What is wrong with a run, and messages about it: what is configured, what was sent, and notifications of this browser. */
export const notifications: Panel = {
  name: 'notifications',
  title: 'Alerts',
  placement: 'tab',
  streams: ['state', 'autopilot', 'alerts'],
  count: ({ streams }) => unacknowledged(streams.get('alerts').now.value?.alerts ?? []).length,
  Content: lazyPanel(async () => (await import('./notifications-panel.tsx')).NotificationsPanel),
}
