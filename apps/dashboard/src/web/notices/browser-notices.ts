import { computed, effect, type ReadonlySignal, signal } from '@preact/signals'
import { setView } from '../route.ts'
import type { RunStore } from '../run/run-store.ts'
import { type News, newsOf, type Sighting, sightingOf } from './news.ts'

/** Whether this browser shows notifications. `blocked`: its settings forbid them. `absent`: it does not support them. */
export type NoticeState = 'on' | 'off' | 'blocked' | 'absent'

const KEY = 'hotcb-notices'
const wanted = signal(readWanted())
const permission = signal(permissionNow())

/** Whether this browser shows notifications about the runs whose pages are open. */
export const noticeState: ReadonlySignal<NoticeState> = computed(() => {
  if (permission.value === 'absent') return 'absent'
  if (permission.value === 'denied') return 'blocked'
  return wanted.value && permission.value === 'granted' ? 'on' : 'off'
})

/** Turns notifications on or off. Turning them on asks for permission if needed, so this must be called from a click. */
export async function setNotices(isOn: boolean): Promise<void> {
  if (isOn && permission.value === 'default') permission.value = await Notification.requestPermission()
  wanted.value = isOn
  try {
    localStorage.setItem(KEY, isOn ? 'on' : 'off')
  } catch {
    // Storage may be forbidden; the choice is then lost when the page is closed.
  }
}

/** Shows a notification for each new event of a run, until the returned function is called. Earlier events are not shown. */
export function tellNews(run: RunStore): () => void {
  const autopilot = run.streams.get('autopilot').now
  const alerts = run.streams.get('alerts').now
  let before: Sighting | undefined
  return effect(() => {
    const row = run.detail.value?.row
    const document = autopilot.value
    const shown = alerts.value
    const now = sightingOf(row, document, shown)
    if (row === undefined || document === undefined || shown === undefined || now === undefined) return
    const news = before === undefined ? [] : newsOf(before, now, row, document, shown.alerts)
    // Actions that drop out of the list of the latest ones are remembered, so that they are not shown again if they return to it.
    before = {
      ...now,
      actions: new Set([...(before?.actions ?? []), ...now.actions]),
      alerts: new Set([...(before?.alerts ?? []), ...now.alerts]),
    }
    if (noticeState.peek() === 'on') for (const one of news) show(one)
  })
}

function show({ tag, title, body, view }: News): void {
  try {
    const notice = new Notification(title, { body, tag: `hotcb ${tag}` })
    notice.onclick = () => {
      window.focus()
      if (view !== null) setView(view, true)
      notice.close()
    }
  } catch {
    // Browsers on phones allow notifications only from service workers.
    permission.value = 'absent'
  }
}

function permissionNow(): NotificationPermission | 'absent' {
  return 'Notification' in globalThis ? Notification.permission : 'absent'
}

function readWanted(): boolean {
  try {
    return localStorage.getItem(KEY) === 'on'
  } catch {
    return false
  }
}
