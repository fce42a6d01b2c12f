import type { JSX } from 'preact'
import type { RowAlerts } from '../../shared/alerts.ts'
import './alerts.css'

/**
 * Shows the number of alerts of a run that no one has acknowledged; nothing if there are none. Its tooltip is the text of the
 * latest alert.
 */
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
