import { unacknowledged } from '../../../shared/alerts.ts'
import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'

/** A run's alerts, and messages about it: the config, the sent messages, and this browser's notifications. */
export const notifications: Panel = {
  name: 'notifications',
  title: 'Alerts',
  placement: 'tab',
  streams: ['state', 'autopilot', 'alerts'],
  count: ({ streams }) => unacknowledged(streams.get('alerts').now.value?.alerts ?? []).length,
  Content: lazyPanel(async () => (await import('./notifications-panel.tsx')).NotificationsPanel),
}
