import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Course, RunTree, TreeCheckpoint } from '../../../shared/tree/tree-wire.ts'
import { FillingLine } from '../../parts/empty-state.tsx'
import { FILLING_COMMANDS } from '../../parts/filling-lines.ts'
import { deadReason, isViewer, operateReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'

const FEW = 20

/** All checkpoints, newest first, with the possible actions for each. */
export function CheckpointTable(props: {
  readonly tree: RunTree
  /** Why no checkpoint can be branched; undefined if they can be. */
  readonly branchReason: string | undefined
  readonly onBranch: (tag: string) => void
}): JSX.Element {
  const { tree, branchReason, onBranch } = props
  const [isAll, setAll] = useState(false)
  const newest = [...tree.checkpoints].reverse()
  if (newest.length === 0) {
    return (
      <>
        <p class="muted">
          This run has no checkpoint yet. A trainer with the <code>checkpoints</code> option saves one at its next safe
          point when you request it with the button above or in a terminal:
        </p>
        <FillingLine line={FILLING_COMMANDS.checkpoints} />
      </>
    )
  }
  const shown = isAll ? newest : newest.slice(0, FEW)
  return (
    <>
      {branchReason !== undefined && <p class="muted">{branchReason}</p>}
      <table class="plain stacked two">
        <thead>
          <tr>
            <th>Checkpoint</th>
            <th class="number">Step</th>
            <th>Saved by</th>
            <th>On</th>
            <th>
              <span class="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((one) => (
            <Row
              key={one.tag}
              checkpoint={one}
              tree={tree}
              onBranch={branchReason === undefined ? () => onBranch(one.tag) : undefined}
            />
          ))}
        </tbody>
      </table>
      {shown.length < newest.length && (
        <button type="button" class="button small" onClick={() => setAll(true)}>
          Show all {newest.length}
        </button>
      )}
    </>
  )
}

function Row(props: {
  readonly checkpoint: TreeCheckpoint
  readonly tree: RunTree
  readonly onBranch: (() => void) | undefined
}): JSX.Element {
  const { checkpoint, tree, onBranch } = props
  const { tag, step, by, attempt } = checkpoint
  return (
    <tr data-checkpoint={tag}>
      <td>
        <b>{tag}</b>
      </td>
      <td class="number" data-label="step">
        {step ?? '–'}
      </td>
      <td data-label="by">{by === null ? '–' : (by.author ?? by.source)}</td>
      <td class="muted" data-label="on">
        {courseText(
          tree,
          tree.courses.find((course) => course.attempt === attempt),
        )}
      </td>
      <td class="wide">
        {step === null ? (
          <span class="muted">its meta.json cannot be read</span>
        ) : (
          <div class="actions">
            <LoadButton tag={tag} step={step} />
            {onBranch !== undefined && (
              <button type="button" class="button small" onClick={onBranch} aria-label={`New run from ${tag}…`}>
                New run…
              </button>
            )}
          </div>
        )}
      </td>
    </tr>
  )
}

function courseText(tree: RunTree, course: Course | undefined): string {
  if (course === undefined || course === tree.courses.at(-1)) return 'the current branch'
  return `a branch that was abandoned at step ${course.to}`
}

function LoadButton({ tag, step }: { readonly tag: string; readonly step: number }): JSX.Element | null {
  const run = useRun()
  if (isViewer()) return null
  const reason = operateReason(run) ?? deadReason(run.detail.value)
  const load = (): void => {
    const question = `Load checkpoint ${tag}? Training continues from step ${step}, and changes since then are undone.`
    if (!confirm(question)) return
    void run.answers.send([{ module: 'core', op: 'checkpoint', params: { action: 'load', tag } }])
  }
  return (
    <button
      type="button"
      class="button small"
      disabled={reason !== undefined}
      title={reason}
      aria-label={`Load ${tag}`}
      onClick={load}
    >
      Load
    </button>
  )
}
