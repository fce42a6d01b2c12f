import type { ControlDescription } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { roleReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { pageConfig } from '../../session.ts'
import { applyStaged, discardStaged, lockedReason } from '../../staged/apply-staged.ts'
import { issuesOf } from '../../staged/staged.ts'
import { useStream } from '../panel.ts'
import { canRamp } from './can-ramp.ts'
import { ControlRow } from './control-row.tsx'
import './controls.css'
import { FillingLine } from '../../parts/empty-state.tsx'
import { FILLING_CODE } from '../../parts/filling-lines.ts'
import { lastChanges } from './last-changes.ts'
import { moveAmongControls } from './move-among-controls.ts'
import { useControlHints } from './use-control-hints.ts'

/** Shows a run's controls. Changes are staged here, and the bar at the bottom of the window sends them. */
export function ControlsPanel(): JSX.Element {
  const run = useRun()
  const { staging } = run
  const { detail } = useStream('state')
  const { markers } = useStream('ledger')
  const panel = useRef<HTMLElement>(null)
  const controls = detail.value?.controls ?? []
  const hints = useControlHints(controls)
  const reason = lockedReason(run)
  // Changes can be staged while the run is frozen or the connection is lost; viewers cannot stage any.
  const barred = roleReason(detail.value)
  const threshold = pageConfig.value.ui.staged_change_threshold
  const staged = staging.staged.value
  const issues = issuesOf(staged, controls)
  const changed = lastChanges(markers.value)
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!(event.target instanceof HTMLInputElement)) return
    if (event.key === 'Enter') void applyStaged(run, panel.current)
    else if (event.target.type !== 'range' && moveAmongControls(event)) return
    else if (event.key === 'Escape') {
      const key = event.target.closest<HTMLElement>('[data-control]')?.dataset['control']
      if (key !== undefined && staged.has(key)) staging.unstage(key)
      else discardStaged(run, null)
    } else return
    event.preventDefault()
  }
  return (
    <section ref={panel} class="card panel" aria-label="Controls" onKeyDown={onKeyDown}>
      <header>
        <h2>Controls</h2>
        <span class="spacer" />
        <kbd title="Press c, then the letter of a control">c</kbd>
      </header>
      {reason !== undefined && <p class="notice warn">{reason}</p>}
      {controls.length === 0 && (
        <>
          <p class="muted">This run has no controls yet. A trainer passes its controls to the kernel:</p>
          <FillingLine line={FILLING_CODE.controls} />
        </>
      )}
      {[...byGroup(controls)].map(([group, members]) => (
        <div key={group} role="group" aria-label={group}>
          <h3 class="muted">{group}</h3>
          {members.map((control) => (
            <ControlRow
              key={control.param_key}
              control={control}
              held={staged.get(control.param_key)}
              issue={issues.get(control.param_key)}
              barred={barred}
              hint={hints.get(control.param_key)}
              changed={changed.get(control.param_key)}
              step={detail.value?.row.step ?? null}
              canRamp={barred === undefined && canRamp(control, controls, run.moving.keys())}
              onStage={(value, isFine) => staging.stage(control, value, isFine ? 0 : threshold)}
            />
          ))}
        </div>
      ))}
    </section>
  )
}

function byGroup(controls: readonly ControlDescription[]): Map<string, ControlDescription[]> {
  const groups = new Map<string, ControlDescription[]>()
  for (const control of controls) groups.set(control.group, [...(groups.get(control.group) ?? []), control])
  return groups
}
