import type { JSX } from 'preact'
import type { RowAlerts } from '../../shared/alerts.ts'
import './alerts.css'

/** How many alerts of a run nobody has acknowledged; nothing if there are none. The text of the newest is its title. */
export function AlertsBadge({ of: alerts }: { readonly of: RowAlerts | null }): JSX.Element | null {
  if (alerts === null) return null
  const { count, level, newest } = alerts
  const text = `${count} ${count === 1 ? 'alert' : 'alerts'}`
  return (
    <span class={`badge alerts ${level === 'critical' ? 'bad' : 'warn'}`} title={`${newest.title}: ${newest.text}`}>
      {text}
    </span>
  )
}
