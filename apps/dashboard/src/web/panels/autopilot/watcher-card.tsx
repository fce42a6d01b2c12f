import { AUTOPILOT_MODES, type AutopilotMode, holderText, MODES } from '@hotcb/autopilot'
import type { JSX } from 'preact'
import type { AutopilotDocument } from '../../../shared/autopilot.ts'
import { runPath, send } from '../../api.ts'
import { FillingLine } from '../../parts/empty-state.tsx'
import { FILLING_COMMANDS } from '../../parts/filling-lines.ts'
import { ModeChoice } from '../../parts/mode-choice.tsx'
import { ago } from '../../parts/time.ts'
import { isViewer, ownReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'

/**
 * Shows which process is watching the run, how long it has been watching, which metric it uses to judge the run, and what it may
 * do.
 */
export function WatcherCard({ now }: { readonly now: AutopilotDocument }): JSX.Element {
  const { holder, keyMetric, open, queued, applied, trouble } = now
  return (
    <section class="card panel" aria-label="Autopilot">
      <header>
        <h2>Autopilot</h2>
        {holder !== null && (
          <span class={`badge ${holder.isAlive ? 'good live' : ''}`}>{holder.isAlive ? 'running' : 'not running'}</span>
        )}
        <span class="spacer" />
        <ModeButtons now={now} />
      </header>
      {trouble !== null && (
        <p class="notice bad" role="alert">
          {trouble}
        </p>
      )}
      {holder === null ? (
        <NobodyYet />
      ) : (
        <dl class="pairs">
          <dt>{holder.isAlive ? 'Watched by' : 'Last watched by'}</dt>
          <dd>
            {holderText(holder)}
            {now.isModule ? ', inside the trainer' : ''}
            {holder.since !== null && <span class="muted">, started {ago(holder.since)} ago</span>}
          </dd>
          <dt>Key metric</dt>
          <dd>{keyMetric ?? 'the first validation metric that is reported'}</dd>
          <dt>Actions</dt>
          <dd>
            {applied} applied, {queued} waiting for the trainer, {open} waiting for a person
          </dd>
        </dl>
      )}
    </section>
  )
}

function NobodyYet(): JSX.Element {
  return (
    <>
      <p class="muted">
        No autopilot has watched this run yet. Choose a mode above, then start one in a separate process, or add{' '}
        <code>openAutopilot()</code> to the trainer's modules:
      </p>
      <FillingLine line={FILLING_COMMANDS.autopilot} />
    </>
  )
}

const MEANINGS: Readonly<Record<AutopilotMode, string>> = {
  off: 'Rules are not evaluated.',
  suggest: 'Rules propose, and a person approves.',
  auto: 'Rules act within their limits, and propose everything else.',
  ai_suggest: 'A language model proposes, and a person approves.',
  ai_auto: 'A language model acts within limits, and proposes everything else.',
}

function ModeButtons({ now }: { readonly now: AutopilotDocument }): JSX.Element | null {
  const run = useRun()
  const { mode } = now
  if (isViewer()) return mode === null ? null : <span class="badge bare">mode {mode}</span>
  const barred = ownReason(run)
  const choose = (wanted: AutopilotMode): void => {
    void run.answers.act(`autopilot mode ${wanted}`, async (author) => {
      const path = runPath(run.id, 'autopilot/mode')
      const { cid } = await send<{ readonly cid: string | null }>(path, { mode: wanted, author }, 'PUT')
      if (cid !== null) return 'the trainer changes it at its next safe point'
      return now.holder?.isAlive === true ? 'the autopilot reads it within seconds' : 'it applies to the next autopilot'
    })
  }
  // An autopilot inside the trainer does not call a language model, so it has no AI modes.
  const modes: readonly AutopilotMode[] = now.isModule ? MODES : AUTOPILOT_MODES
  return <ModeChoice modes={modes} mode={mode} meanings={MEANINGS} barred={barred} onChoose={choose} />
}
