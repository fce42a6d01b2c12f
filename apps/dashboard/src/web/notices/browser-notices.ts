import { computed, effect, type ReadonlySignal, signal } from '@preact/signals'
import { setView } from '../route.ts'
import type { RunStore } from '../run/run-store.ts'
import { type News, newsOf, type Sighting, sightingOf } from './news.ts'

/** Whether this browser tells of news: `blocked` and `absent` are up to the browser. */
export type NoticeState = 'on' | 'off' | 'blocked' | 'absent'

const KEY = 'hotcb-notices'
const wanted = signal(readWanted())
const permission = signal(permissionNow())

/** Whether news of the runs whose pages are open are shown as notifications of this browser. */
export const noticeState: ReadonlySignal<NoticeState> = computed(() => {
  if (permission.value === 'absent') return 'absent'
  if (permission.value === 'denied') return 'blocked'
  return wanted.value && permission.value === 'granted' ? 'on' : 'off'
})

/** Turns them on, asking for the permission where it was not given, or off. To be called from a click. */
export async function setNotices(isOn: boolean): Promise<void> {
  if (isOn && permission.value === 'default') permission.value = await Notification.requestPermission()
  wanted.value = isOn
  try {
    localStorage.setItem(KEY, isOn ? 'on' : 'off')
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}

/** Shows a notification for each new event of a run until the returned function is called. Earlier events are not shown. */
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
    // An action that has left the list of the newest ones is not news when it returns.
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
    // Browsers of phones let only service workers notify.
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
