import { messageOf } from '@hotcb/protocol'
import { stepOf } from './loop.ts'
import { RecipeError } from './options.ts'
import type { KernelParts } from './parts.ts'
import { recordMissed } from './replay.ts'
import { takePlace } from './safe-place.ts'
import { checkFence } from './safe-point.ts'
import { snapshotModules } from './snapshot.ts'
import { stateDocument } from './state-document.ts'

/**
 * Writes everything that is pending, and closes the modules and the files.
 *
 * @throws RecipeError when a strict replay was not followed exactly.
 */
export function closeKernel(parts: KernelParts): void {
  const { condition, loop, recorder } = parts
  const { policy } = parts.freeze.state
  if (!condition.superseded) {
    checkFence(parts)
    loop.skipModules()
    takePlace(parts)
    recordMissed(parts)
  }
  snapshotModules(parts)
  condition.close()
  if (!condition.superseded) {
    recorder.flush()
    parts.ledger.sync?.()
    parts.documents.writeAll(stepOf(loop), () => stateDocument(parts))
  }
  closeModules(parts)
  const { commands, ledger, freeze, yaml } = parts.options
  for (const part of [commands, ledger, freeze, yaml]) part?.close?.()
  const { replayProblems } = condition
  if (policy === 'strict' && replayProblems.length > 0) throw new RecipeError(replayProblems)
}

function closeModules({ modules, note }: KernelParts): void {
  for (const module of modules) {
    try {
      module.close?.()
    } catch (error) {
      note(`module \`${module.name}\` could not be closed: ${messageOf(error)}`)
    }
  }
}
