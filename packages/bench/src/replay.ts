import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LedgerLine, runFiles } from '@hotcb/protocol'
import { exportRecipe, formatRecipe } from '@hotcb/recipe'
import { openRunDirectory } from '@hotcb/run/node'
import type { Arm, Place } from './arm.ts'
import { train } from './train.ts'

/**
 * Trains under an arm once, and puts its changes into a run directory as a recipe to follow. A replay undoes nothing: it follows
 * the path that was kept, and needs fewer steps.
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
