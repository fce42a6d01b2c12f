import { describeShape, type OptionKeys } from '@hotcb/protocol'
import { bad, checkKeys, checkParts } from '../option-check.ts'
import type { CheckpointHandlers } from './checkpoint-folder.ts'
import type { OpenKernelOptions } from './open-kernel.ts'

const OPENING_KEYS: OptionKeys<OpenKernelOptions> = {
  state: true,
  modules: true,
  continue: true,
  lookMs: true,
  collective: true,
  rank: true,
  checkpoints: true,
  log: true,
  identity: true,
  paused: true,
  registered: true,
  hostRanks: true,
  lateDocuments: true,
  sleep: true,
  debounceSteps: true,
}

const HANDLER_KEYS: OptionKeys<CheckpointHandlers> = { save: true, load: true, keep: true, noLoad: true }

/**
 * Rejects arguments of `openKernel` that have the wrong type, before anything is created on disk. @throws KernelError
 * `bad-option`
 */
export function checkOpening(runDir: unknown, options: OpenKernelOptions): void {
  if (typeof runDir !== 'string' || runDir === '') {
    bad(`the first argument of \`openKernel\` must be the path of the run directory, got ${describeShape(runDir)}`)
  }
  checkKeys('openKernel', options, OPENING_KEYS)
  checkParts('openKernel', options)
  const { rank } = options
  if (rank !== undefined && !(Number.isSafeInteger(rank) && rank >= 0)) {
    bad(`\`rank\` of \`openKernel\` must be a whole number >= 0, got ${describeShape(rank)}`)
  }
  if (options.checkpoints !== undefined) checkHandlers(options.checkpoints)
}

function checkHandlers(handlers: CheckpointHandlers): void {
  checkKeys('checkpoints', isPlain(handlers) ? handlers : {}, HANDLER_KEYS)
  for (const name of ['save', 'load'] as const) {
    const handler: unknown = handlers[name]
    if (handler !== undefined && typeof handler !== 'function') {
      bad(`\`checkpoints.${name}\` of \`openKernel\` must be a function, got ${describeShape(handler)}`)
    }
  }
}

// An instance of a class may have more members than the kernel needs.
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
