import { openRunDirectory } from '@hotcb/run/node'

/** The changes in the recipe for `multitask`, at fractions of the training run. */
const CHANGES = [
  // Until then the body only serves the reconstruction.
  { at: 1 / 8, module: 'loss', params: { reconstruction: 1 } },
  { at: 5 / 8, module: 'loss', params: { reconstruction: 5 } },
  { at: 3 / 4, module: 'opt', params: { lr: 0.0015 } },
] as const

/** Sends the recipe for `multitask` as commands for their steps, so that the run stays under live control. */
export function queueGolden(runDir: string, maxSteps: number): void {
  const drafts = CHANGES.map(({ at, module, params }) => ({
    module,
    op: 'set_params',
    id: 'main',
    params,
    at: { step: Math.floor(at * maxSteps) },
  }))
  openRunDirectory(runDir).send(drafts, { source: 'recipe' })
}
