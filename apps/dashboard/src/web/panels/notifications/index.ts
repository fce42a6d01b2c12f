import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'

/** Messages about a run: what is configured, what was sent, and notifications of this browser. */
export const notifications: Panel = {
  name: 'notifications',
  title: 'Notifications',
  placement: 'tab',
  streams: ['state', 'autopilot'],
  Content: lazyPanel(async () => (await import('./notifications-panel.tsx')).NotificationsPanel),
}
