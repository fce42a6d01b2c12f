import type { JSX } from 'preact'
import { rowAlerts } from '../../shared/alerts.ts'
import type { RunDetail } from '../../shared/wire.ts'
import { AlertsBadge } from '../alerts/alerts-badge.tsx'
import { basePath } from '../base.ts'
import { StatusBadge } from '../parts/status.tsx'
import { follows, setView } from '../route.ts'
import { runLook } from '../runs/run-color.ts'
import { Swatch } from '../runs/swatch.tsx'
import { CommandBar } from './command-bar.tsx'
import { LoopButtons } from './loop-buttons.tsx'
import { OthersHere } from './others-here.tsx'
import { QueuedCommands } from './queued-commands.tsx'
import { deadReason } from './rights.ts'
import { useRun } from './run-context.ts'
import { Facts } from './run-facts.tsx'
import './run.css'

/** Shows a run's name and state, the buttons that pause and stop it, and the command bar. */
export function RunHead({ tabs }: { readonly tabs: JSX.Element }): JSX.Element {
  const { id, detail } = useRun()
  const now = detail.value
  return (
    <div class="run-head">
      <div class="row">
        <a href={basePath} class="muted" onClick={(event) => follows(event, basePath)}>
          Runs
        </a>
        <span class="muted" aria-hidden="true">
          /
        </span>
        <Swatch of={runLook(id)} />
        <h1 class="cut" title={now?.row.name}>
          {now?.row.name ?? id}
        </h1>
        {now !== undefined && <StatusBadge status={now.row.status} reason={now.row.reason} />}
        <FreezeBadge detail={now} />
        <AlertsLink />
        <OthersHere />
        <span class="spacer" />
        {now !== undefined && <LoopButtons detail={now} />}
      </div>
      <div class="row">
        <Facts detail={now} />
        <span class="spacer" />
        <CommandBar />
      </div>
      <Progress detail={now} />
      {now !== undefined && now.row.problem !== null && (
        <p class="notice warn problem" role="status">
          {now.row.problem}
        </p>
      )}
      {deadReason(now) !== undefined && <QueuedCommands />}
      <div class="row">{tabs}</div>
    </div>
  )
}

/** Shows a link to the alerts that no one has acknowledged. */
function AlertsLink(): JSX.Element | null {
  const { now } = useRun().streams.get('alerts')
  const alerts = rowAlerts(now.value?.alerts ?? [])
  if (alerts === null) return null
  return (
    <button type="button" class="alerts-link" onClick={() => setView({ tab: 'notifications', q: null }, true)}>
      <AlertsBadge of={alerts} />
    </button>
  )
}

function FreezeBadge({ detail }: { readonly detail: RunDetail | undefined }): JSX.Element | null {
  const asked = detail?.freeze.mode ?? 'off'
  const seen = detail?.state?.freeze.mode ?? asked
  if (asked !== seen) return <span class="badge accent live">freeze {asked}: written, not yet read by the kernel</span>
  return seen === 'off' ? null : <span class="badge warn">{seen === 'prod' ? 'frozen' : seen.replace('_', ', ')}</span>
}

function Progress({ detail }: { readonly detail: RunDetail | undefined }): JSX.Element | null {
  const row = detail?.row
  if (row?.max_steps == null || row.step === null || row.max_steps <= 0) return null
  const share = Math.min(1, (row.step + 1) / row.max_steps)
  return (
    <div
      class="progress row"
      role="progressbar"
      aria-label="Steps done"
      aria-valuemin={0}
      aria-valuemax={row.max_steps}
      aria-valuenow={row.step + 1}
    >
      <i style={{ width: `${share * 100}%` }} />
    </div>
  )
}
