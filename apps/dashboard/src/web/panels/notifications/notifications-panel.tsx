import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { NotificationsDetail } from '../../../shared/notifications.ts'
import { ask, runPath } from '../../api.ts'
import { useRun } from '../../run/run-context.ts'
import '../../alerts/alerts.css'
import { AlertRulesCard } from './alert-rules-card.tsx'
import { AlertsCard } from './alerts-card.tsx'
import { BrowserCard } from './browser-card.tsx'
import { ChannelsCard } from './channels-card.tsx'
import { DeliveriesCard } from './deliveries-card.tsx'
import './notifications.css'

/**
 * Shows the run's alerts, and messages about it. This browser shows them while the page is open, and the configured channels
 * send them.
 */
export function NotificationsPanel(): JSX.Element {
  const { detail, problem, reload } = useNotifications()
  return (
    <>
      <AlertsCard />
      <AlertRulesCard />
      <BrowserCard />
      {problem !== '' && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {detail !== undefined && <ChannelsCard detail={detail} onTested={reload} />}
      {detail !== undefined && <DeliveriesCard deliveries={detail.deliveries} />}
    </>
  )
}

const LOOK_MS = 4000

function useNotifications(): {
  readonly detail: NotificationsDetail | undefined
  readonly problem: string
  readonly reload: () => void
} {
  const { id } = useRun()
  const [detail, setDetail] = useState<NotificationsDetail | undefined>(undefined)
  const [problem, setProblem] = useState('')
  const [looks, setLooks] = useState(0)
  useEffect(() => {
    let isLeft = false
    const look = async (): Promise<void> => {
      try {
        const found = await ask<NotificationsDetail>(runPath(id, 'notifications'))
        if (isLeft) return
        setDetail(found)
        setProblem('')
      } catch (error) {
        if (!isLeft) setProblem(messageOf(error))
      }
    }
    void look()
    const timer = setInterval(() => void look(), LOOK_MS)
    return () => {
      isLeft = true
      clearInterval(timer)
    }
  }, [id, looks])
  return { detail, problem, reload: () => setLooks(looks + 1) }
}
