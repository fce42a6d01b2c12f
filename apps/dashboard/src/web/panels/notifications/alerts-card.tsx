import type { JSX } from 'preact'
import { type ShownAlert, unacknowledged } from '../../../shared/alerts.ts'
import { formatNumber } from '../../../shared/describe.ts'
import { alertView } from '../../alerts/alert-view.ts'
import { runPath, send } from '../../api.ts'
import { askAuthor } from '../../author/author.ts'
import { dateTime } from '../../parts/time.ts'
import { setView } from '../../route.ts'
import { isViewer, roleReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { useStream } from '../panel.ts'

/** Shows the run's alerts, newest first. Each links to its place in a chart, and can be acknowledged. */
export function AlertsCard(): JSX.Element {
  const { now } = useStream('alerts')
  const { alerts = [], watched, problem } = now.value ?? {}
  const open = unacknowledged(alerts)
  return (
    <section class="card panel" aria-label="Alerts">
      <header>
        <h2>Alerts</h2>
        {open.length > 0 && <span class="badge warn">{open.length} new</span>}
        <span class="spacer" />
        {open.length > 1 && <Acknowledge alerts={open} label="Acknowledge all" />}
      </header>
      {problem != null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {alerts.length === 0 && now.value !== undefined && <p class="muted">No rule has found anything wrong.</p>}
      <ul class="alert-list">
        {alerts.slice(0, SHOWN).map((alert) => (
          <AlertLine key={alert.id} alert={alert} />
        ))}
      </ul>
      {alerts.length > SHOWN && (
        <p class="muted small-text">
          The latest {SHOWN} of {alerts.length}.
        </p>
      )}
      {watched === false && (
        <p class="muted small-text footnote">
          No notifier is watching this run, so there are no new alerts. <code>hotcb serve</code> watches all runs that
          it shows while their trainers are alive.
        </p>
      )}
    </section>
  )
}

const SHOWN = 50

function AlertLine({ alert }: { readonly alert: ShownAlert }): JSX.Element {
  const { id, level, title, text, metric, value, step, opened, ended, acknowledged } = alert
  const place = [step === null ? '' : `step ${step}`, metric ?? '', value === null ? '' : formatNumber(value)]
  return (
    <li data-alert={id} class={acknowledged === null ? '' : 'seen'}>
      <span>
        <span class={`badge bare ${level === 'critical' ? 'bad' : 'warn'}`}>{level}</span>
      </span>
      <div>
        <p>
          <b>{title}</b> <span class="muted">{ended === null ? '' : `until ${dateTime(ended)}`}</span>
        </p>
        <p>{text}</p>
        <p class="muted small-text">
          {place.filter(Boolean).join(' · ')} · {dateTime(opened)}
          {acknowledged !== null && ` · acknowledged${acknowledged.by === null ? '' : ` by ${acknowledged.by}`}`}
        </p>
      </div>
      <div class="actions">
        <button
          type="button"
          class="button small"
          aria-label={`Show ${title} in the chart`}
          onClick={() => setView(alertView(alert), true)}
        >
          Show
        </button>
        {acknowledged === null && <Acknowledge alerts={[alert]} label="Acknowledge" />}
      </div>
    </li>
  )
}

function Acknowledge(props: { readonly alerts: readonly ShownAlert[]; readonly label: string }): JSX.Element | null {
  const { alerts, label } = props
  const run = useRun()
  if (isViewer()) return null
  const barred = roleReason(run.detail.value)
  const [first] = alerts
  const acknowledge = async (): Promise<void> => {
    const author = await askAuthor()
    if (author === undefined) return
    const text = alerts.length === 1 ? `acknowledge ${first?.title}` : `acknowledge ${alerts.length} alerts`
    await run.answers.act(text, async () => {
      const ids = alerts.map(({ id }) => id)
      await send(runPath(run.id, 'alerts/acknowledge'), { ids, author: author.sent })
      return 'everyone who opens the run sees that'
    })
  }
  return (
    <button
      type="button"
      class="button small"
      aria-label={alerts.length === 1 ? `${label} ${first?.title}` : label}
      disabled={barred !== undefined}
      title={barred}
      onClick={() => void acknowledge()}
    >
      {label}
    </button>
  )
}
