import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { LaunchedAnswer } from '../../../shared/launcher.ts'
import { lanesOf } from '../../../shared/tree/lanes.ts'
import type { RunTree } from '../../../shared/tree/tree-wire.ts'
import { runPath } from '../../api.ts'
import { BranchForm } from '../../launcher/branch-form.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { useRun } from '../../run/run-context.ts'
import { useRepeated } from '../../sweeps/use-repeated.ts'
import { branchReason } from './branch-reason.ts'
import { CheckpointTable } from './checkpoint-table.tsx'
import { SaveForm } from './save-form.tsx'
import { TreeChart } from './tree-chart.tsx'
import './checkpoints.css'

/** Shows a run's tree with its checkpoints, which can be saved, loaded and branched here. */
export function CheckpointsPanel(): JSX.Element {
  const { id } = useRun()
  const tree = useRepeated<RunTree>(runPath(id, 'tree'), 2000)
  const answer = useRepeated<LaunchedAnswer>(runPath(id, 'launcher'), 4000)
  const [branched, setBranched] = useState<string | null>(null)
  if (tree === undefined) return <div class="card empty" aria-busy="true" />
  const reason = branchReason(answer)
  const from = tree.checkpoints.filter(({ tag, step }) => tag === branched && step !== null)
  return (
    <>
      <section class="card panel" aria-label="Tree of checkpoints and branches">
        <header>
          <h2>Branches</h2>
        </header>
        <TreeChart lanes={lanesOf(tree)} run={tree.id} />
        <Notes tree={tree} />
      </section>
      <section class="card panel checkpoints" aria-label="Checkpoints">
        <header>
          <h2>Checkpoints</h2>
          <span class="muted">{tree.checkpoints.length}</span>
          <span class="spacer" />
          <SaveForm />
        </header>
        <CheckpointTable tree={tree} branchReason={reason} onBranch={setBranched} />
      </section>
      {from.length > 0 && answer?.launched != null && (
        <Dialog title={`New run from ${branched}`} onClose={() => setBranched(null)}>
          <BranchForm launched={answer.launched} checkpoints={from} />
        </Dialog>
      )}
    </>
  )
}

function Notes({ tree }: { readonly tree: RunTree }): JSX.Element {
  const { parent, runs, hidden_runs: hidden } = tree
  const isMissing = parent !== null && runs.find(({ id }) => id === tree.id)?.parent === null
  return (
    <>
      {isMissing && (
        <p class="muted">
          Branched from {parent.run}
          {parent.tag === null ? '' : `, checkpoint ${parent.tag}`} at step {parent.step}, which this dashboard does not
          show.
        </p>
      )}
      {hidden > 0 && <p class="muted">{hidden} more runs of this family are not drawn.</p>}
    </>
  )
}
