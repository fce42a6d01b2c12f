import type { ControlDescription, FreezeMode } from '@hotcb/protocol'
import type { RunDetail } from '../../shared/wire.ts'
import { operateReason, type SeenRun } from '../run/rights.ts'
import type { RunStore } from '../run/run-store.ts'
import { focusControl } from './focus-control.ts'
import { readStep, type TypedStep } from './read-step.ts'
import { draftsOf, issuesOf, movedKeys } from './staged.ts'

/** Whether the staged changes can be sent now, and when they apply. */
export interface StagingState {
  readonly controls: readonly ControlDescription[]
  readonly issues: ReadonlyMap<string, string>
  /** Keys that another person has changed since this person edited them. */
  readonly moved: ReadonlySet<string>
  readonly step: TypedStep
  /** Why nothing can be sent; undefined if it can be. */
  readonly blocked: string | undefined
}

export function stagingState(run: RunStore): StagingState {
  const { staging, detail, moving } = run
  const now = detail.value
  const controls = now?.controls ?? []
  const staged = staging.staged.value
  const changed = movedKeys(staged, controls)
  return {
    controls,
    issues: issuesOf(staged, controls),
    moved: new Set([...changed].filter((key) => !moving.keys().has(key))),
    step: readStep(staging.at.value, stepOf(now), totalOf(now)),
    blocked: lockedReason(run),
  }
}

/** Returns the step of a live trainer; null if there is none. Its metrics may be newer than its state document. */
export function stepOf(detail: RunDetail | undefined): number | null {
  if (!isAlive(detail)) return null
  const known = [detail?.state?.step, detail?.row.step].filter((step) => typeof step === 'number')
  return known.length === 0 ? null : Math.max(...known)
}

/** Returns the number of steps in a live trainer's run; null if there is no live trainer, or the number is unknown. */
export function totalOf(detail: RunDetail | undefined): number | null {
  return isAlive(detail) ? (detail?.row.max_steps ?? null) : null
}

function isAlive(detail: RunDetail | undefined): boolean {
  return detail?.row.status === 'running' || detail?.row.status === 'paused'
}

/** Why no change would be accepted; undefined if changes are accepted. */
export function lockedReason(run: SeenRun): string | undefined {
  return operateReason(run) ?? frozenReason(run.detail.value)
}

/** Why the freeze mode blocks changes; undefined if it does not. The written mode counts, even before the kernel has read it. */
export function frozenReason(detail: RunDetail | undefined): string | undefined {
  const mode = modeOf(detail)
  if (mode === 'prod') return 'Frozen: the kernel refuses every change until freeze is off.'
  if (mode !== 'off') return 'In replay: the kernel only accepts changes from the recipe.'
  return undefined
}

/**
 * Returns the freeze mode that applies to the next change. It is the written one, because the kernel reads it before it reads
 * commands.
 */
export function modeOf(detail: RunDetail | undefined): FreezeMode {
  return detail?.freeze.mode ?? 'off'
}

/** Returns the button that confirms changes to values that others have changed; null if there are none. */
export function reviewButton(): HTMLElement | null {
  return document.querySelector<HTMLElement>('.staged-bar .moved button')
}

/**
 * Sends the staged changes. If others have changed some of the values, the person must confirm them first, so the button for that gets
 * the focus. `from`: an element that disappears; if it contains the focus, the focus moves to a control.
 */
export async function applyStaged(run: RunStore, from: HTMLElement | null): Promise<void> {
  const { staging, answers, moving } = run
  const { controls, issues, moved, step, blocked } = stagingState(run)
  const staged = staging.staged.value
  if (moved.size > 0) return reviewButton()?.focus()
  if (staged.size === 0 || issues.size > 0 || step.kind === 'wrong' || blocked !== undefined) return
  const at = step.kind === 'step' ? step.step : null
  const plan = { at, note: staging.note.value.trim(), moving: moving.keys() }
  if (!(await answers.send(draftsOf(staged, controls, plan)))) return
  leave(run, from)
  staging.clear()
}

/** Discards the staged changes, and offers to undo that. */
export function discardStaged(run: RunStore, from: HTMLElement | null): void {
  const count = run.staging.staged.value.size
  if (count === 0) return
  leave(run, from)
  const undo = run.staging.clear()
  const text = count === 1 ? '1 staged change discarded' : `${count} staged changes discarded`
  run.answers.tell(text, { action: { label: 'Undo', run: undo } })
}

function leave({ staging }: RunStore, from: HTMLElement | null): void {
  const [last] = [...staging.staged.value.keys()].slice(-1)
  if (last !== undefined && from?.contains(document.activeElement) === true) focusControl(last)
}
