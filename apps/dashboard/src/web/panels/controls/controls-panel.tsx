import { type ControlDescription, messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { formatValue } from '../../../shared/describe.ts'
import type { RunDetail } from '../../../shared/wire.ts'
import { useRun } from '../../run/run-context.ts'
import { pageConfig } from '../../session.ts'
import { useStream } from '../panel.ts'
import { ControlInput } from './control-input.tsx'
import { Fates } from './fates.tsx'
import { draftsOf, issuesOf, type Staged, stage } from './staging.ts'
import './controls.css'

/** What can be changed while it trains: staged here, sent together, and followed until the ledger has decided. */
export function ControlsPanel(): JSX.Element {
  const { commands } = useRun()
  const { detail } = useStream('state')
  const [staged, setStaged] = useState<Staged>(new Map())
  const [problem, setProblem] = useState('')
  const controls = detail.value?.controls ?? []
  const reason = lockedReason(detail.value)
  const groups = byGroup(controls)
  const threshold = pageConfig.value.ui.staged_change_threshold
  const issues = issuesOf(staged, controls)
  const send = async (at: number | null, note: string): Promise<void> => {
    try {
      await commands.send(draftsOf(staged, controls, { at, note }))
      setStaged(new Map())
      setProblem('')
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  return (
    <>
      <Fates />
      <section class="card panel" aria-label="Controls">
        <header>
          <h2>Controls</h2>
        </header>
        {reason !== undefined && <p class="notice warn">{reason}</p>}
        {controls.length === 0 && (
          <p class="muted">
            This run describes no controls yet. A trainer registers them with its kernel; they appear here by
            themselves.
          </p>
        )}
        {[...groups].map(([group, members]) => (
          <div key={group} role="group" aria-label={group}>
            <h3 class="muted">{group}</h3>
            {members.map((control) => (
              <ControlRow
                key={control.param_key}
                control={control}
                staged={staged}
                issue={issues.get(control.param_key)}
                onStage={(value, isFine) => setStaged(stage(staged, control, value, isFine ? 0 : threshold))}
              />
            ))}
          </div>
        ))}
        {staged.size > 0 && (
          <StagedBar count={staged.size} hasIssue={issues.size > 0} onSend={send} onDrop={() => setStaged(new Map())} />
        )}
        <p role="alert" class="issue">
          {problem}
        </p>
      </section>
    </>
  )
}

function ControlRow(props: {
  readonly control: ControlDescription
  readonly staged: Staged
  readonly issue: string | undefined
  readonly onStage: (value: Parameters<typeof stage>[2], isFine: boolean) => void
}): JSX.Element {
  const { control, staged, issue, onStage } = props
  const { param_key: key, label, current, state, unit } = control
  const value = staged.get(key)
  const isInline = control.type === 'bool' || control.type === 'choice'
  const input = (
    <ControlInput
      control={control}
      value={value ?? current}
      isDisabled={state === 'disabled' || (current === null && control.type === 'tuple')}
      issue={issue}
      onChange={onStage}
    />
  )
  return (
    <div class={`control ${value === undefined ? '' : 'staged'}`} data-control={key}>
      <div class="name">
        {control.type === 'tuple' ? (
          <span class="label">{label}</span>
        ) : (
          <label for={`control-${key}`}>
            {label}
            {unit === undefined ? '' : ` (${unit})`}
          </label>
        )}
        <StateNote control={control} />
        {isInline && input}
      </div>
      {!isInline && <div class="edit">{input}</div>}
      {value !== undefined && issue === undefined && (
        <span class="small-text">
          now {formatValue(current)}, staged <b>{formatValue(value)}</b>
        </span>
      )}
      {issue !== undefined && (
        <span class="issue" id={`control-${key}-issue`}>
          {label} {issue}
        </span>
      )}
      <GroupValues control={control} />
    </div>
  )
}

function StateNote({ control }: { readonly control: ControlDescription }): JSX.Element | null {
  const { state, ramp } = control
  if (ramp !== undefined && ramp !== null) return <span class="badge bare accent">ramp</span>
  if (state === 'verified') return <span class="badge bare good">verified</span>
  if (state === 'unverified') return <span class="badge bare warn">set, not yet seen</span>
  return state === 'disabled' ? <span class="badge bare">disabled</span> : null
}

function GroupValues({ control }: { readonly control: ControlDescription }): JSX.Element | null {
  const { groups } = control
  if (groups === undefined || groups.length < 2) return null
  return (
    <span class="muted small-text">{groups.map(({ name, value }) => `${name} ${formatValue(value)}`).join(' · ')}</span>
  )
}

function StagedBar(props: {
  readonly count: number
  readonly hasIssue: boolean
  readonly onSend: (at: number | null, note: string) => Promise<void>
  readonly onDrop: () => void
}): JSX.Element {
  const { count, hasIssue, onSend, onDrop } = props
  const { detail } = useStream('state')
  const [at, setAt] = useState('')
  const [note, setNote] = useState('')
  const step = at.trim() === '' ? null : Number(at)
  const isStepWrong = step !== null && !(Number.isSafeInteger(step) && step >= 0)
  return (
    <div class="staged-bar">
      <button
        type="button"
        class="button primary"
        disabled={hasIssue || isStepWrong}
        onClick={() => void onSend(step, note.trim())}
      >
        {step === null ? 'Apply' : 'Schedule'} {count === 1 ? '1 change' : `${count} changes`}
      </button>
      <button type="button" class="button quiet" onClick={onDrop}>
        Discard
      </button>
      <span class="spacer" />
      {detail.value?.answers !== false && (
        <input
          class="input small at-step"
          inputMode="numeric"
          placeholder="at step"
          aria-label="At step (empty: the next safe point)"
          aria-invalid={isStepWrong}
          value={at}
          onInput={(event) => setAt(event.currentTarget.value)}
        />
      )}
      <input
        class="input small note"
        placeholder="Why? (kept in the ledger's command)"
        aria-label="Note"
        value={note}
        onInput={(event) => setNote(event.currentTarget.value)}
      />
    </div>
  )
}

function byGroup(controls: readonly ControlDescription[]): Map<string, ControlDescription[]> {
  const groups = new Map<string, ControlDescription[]>()
  for (const control of controls) groups.set(control.group, [...(groups.get(control.group) ?? []), control])
  return groups
}

function lockedReason(detail: RunDetail | undefined): string | undefined {
  if (detail === undefined) return undefined
  if (detail.read_only !== null) return detail.read_only
  const { mode } = detail.state?.freeze ?? detail.freeze
  if (mode === 'prod') return 'Frozen: the kernel refuses every change until freeze is off.'
  if (mode !== 'off') return 'In replay: the kernel takes changes from the recipe only.'
  return undefined
}
