import { unacknowledged } from '../../../shared/alerts.ts'
import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'

/** The alerts of a run, and messages about it: configuration, sent messages, and notifications of this browser. */
export const notifications: Panel = {
  name: 'notifications',
  title: 'Alerts',
  placement: 'tab',
  streams: ['state', 'autopilot', 'alerts'],
  count: ({ streams }) => unacknowledged(streams.get('alerts').now.value?.alerts ?? []).length,
  Content: lazyPanel(async () => (await import('./notifications-panel.tsx')).NotificationsPanel),
}
