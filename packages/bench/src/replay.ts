import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LedgerLine, runFiles } from '@hotcb/protocol'
import { exportRecipe, formatRecipe } from '@hotcb/recipe'
import { openRunDirectory } from '@hotcb/run/node'
import type { Arm, Place } from './arm.ts'
import { train } from './train.ts'

/**
 * Trains once under an arm and writes its changes to a run directory as a recipe to replay. A replay undoes nothing: it contains only the
 * steps that were kept, so it needs fewer steps.
 *
 * @returns The step at which that training run ended.
 */
export async function writeReplay({ dir, task, seed, budget, clock }: Place, arm: Arm): Promise<number> {
  let ledger: readonly LedgerLine[] = []
  const { last } = await train({ task, arm, seed, budget, clock, onLedger: (lines) => (ledger = lines) })
  const exported = exportRecipe(ledger)
  if (!exported.ok) throw new Error(`the changes of ${arm.name} cannot be replayed: ${exported.reason}`)
  writeFileSync(join(dir, runFiles.recipe), formatRecipe(exported.value.entries))
  openRunDirectory(dir).writeFreeze({
    mode: 'replay',
    recipe_path: runFiles.recipe,
    adjust_path: null,
    policy: 'strict',
    step_offset: 0,
  })
  return last
}
