import type { LedgerLine, SubmittedOp } from '@hotcb/protocol'
import { type AutoCheckpoint, START_TAG } from './checkpoint-fold.ts'
import type { Permission } from './types.ts'

/** The cost limit for automatic checkpoints, and how the cost is measured. Without a clock or a disk, nothing is measured. */
export interface SaverOptions {
  /** The number of steps between two checkpoints. @defaultValue an epoch */
  readonly every?: number | undefined
  /** The step of the last checkpoint that an earlier start saved. @defaultValue 0 */
  readonly from?: number | undefined
  /** Returns the running time in milliseconds. */
  readonly clock?: (() => number) | undefined
  readonly disk?: DiskSpace | undefined
  /** Called once when checkpoints are turned off. */
  readonly say: (message: string) => void
}

/** The disk's sizes in bytes; undefined if unknown. */
export interface DiskSpace {
  free(): number | undefined
  /** Returns the size of a saved checkpoint. */
  sizeOf(tag: string): number | undefined
}

export interface SaverInput {
  readonly step: number
  readonly epochSteps: number
  /** Whether a rescue is in progress. Nothing is saved during a rescue. */
  readonly isBusy: boolean
  readonly checkpoints: readonly AutoCheckpoint[]
  /** The value of `checkpoint` in `limits`. If a save needs approval, no checkpoint is saved, because it is not worth asking a person. */
  readonly permission: Permission
  /** The duration of the last save in milliseconds, passed only once; null while unknown. */
  readonly tookMs: number | null
}

/** Saves checkpoints for rescues: one at the start, then one at regular intervals. The last three are kept. */
export interface CheckpointSaver {
  /** Saves the start of the run, before the first step. Returns undefined if `limits` do not allow automatic saves. */
  start(permission: Permission): SubmittedOp | undefined
  /** Called at each safe point. Returns the commands to send now. */
  look(look: SaverInput): readonly SubmittedOp[]
  /** Records whether the checkpoint with a tag was saved. */
  answered(tag: string, isSaved: boolean): void
}

/** The maximum fraction of the running time spent on saving. */
const MOST_TIME = 0.01
/** The maximum fraction of the free disk space for all automatic checkpoints together. */
const MOST_DISK = 1 / 3
const KEPT = 3

export function createCheckpointSaver({ every, from = 0, clock, disk, say }: SaverOptions): CheckpointSaver {
  let isOff = false
  let hasSaidWhy = false
  let lastStep = from
  let lastSaveAt = clock?.() ?? 0
  let cost = 0

  function turnOff(why: string): void {
    if (!isOff) say(`autopilot: no more checkpoints will be saved for rescues: ${why}`)
    isOff = true
  }

  /** Whether the autopilot may save; reports once that it may not. */
  function mayDo(permission: Permission): boolean {
    if (permission === 'auto') return true
    if (!hasSaidWhy)
      say(
        `autopilot: no checkpoints will be saved for rescues because \`limits\` contains \`checkpoint: ${permission}\``,
      )
    hasSaidWhy = true
    return false
  }

  function count(took: number | null): void {
    if (took === null) return
    // The first save is often slow, and a single slow save must not prevent all later ones.
    cost = Math.max(took, cost / 2)
    lastSaveAt = clock?.() ?? 0
  }

  // After a save that took c milliseconds, no other save is made within 100 c.
  function isTooSoon(): boolean {
    return clock !== undefined && clock() - lastSaveAt < cost / MOST_TIME
  }

  return {
    start: (permission) => (mayDo(permission) ? saveOp(START_TAG) : undefined),
    answered(tag, isSaved) {
      if (!isSaved) return
      const size = disk?.sizeOf(tag)
      const free = disk?.free()
      if (size === undefined || free === undefined) return
      const needed = size * (KEPT + 1)
      if (needed > free * MOST_DISK) turnOff(`${KEPT + 1} of them need ${needed} bytes, but only ${free} are free`)
    },
    look({ step, epochSteps, isBusy, checkpoints, permission, tookMs }) {
      count(tookMs)
      if (step < lastStep) lastStep = step
      if (isOff || isBusy) return NONE
      const drops = oldOnes(checkpoints).map(dropOp)
      const isDue = step - lastStep >= (every ?? epochSteps) && mayDo(permission) && !isTooSoon()
      if (!isDue) return drops.length === 0 ? NONE : drops
      lastStep = step
      return [saveOp(`auto-${step + 2}`), ...drops]
    },
  }
}

const NONE: readonly SubmittedOp[] = []

/** Returns the automatic checkpoints that are no longer needed. Checkpoints that people saved are kept. */
function oldOnes(checkpoints: readonly AutoCheckpoint[]): readonly AutoCheckpoint[] {
  return checkpoints.filter(({ tag }) => tag.startsWith('auto-') && tag !== START_TAG).slice(0, -KEPT)
}

/** Passes the answers to a saver's commands on to the saver; other ledger lines are ignored. */
export function tellSaver(saver: CheckpointSaver, { module, op, source, params, decision }: LedgerLine): void {
  if (module !== 'core' || op !== 'checkpoint' || source !== 'autopilot') return
  const tag = params?.['tag']
  if (typeof tag === 'string') saver.answered(tag, decision === 'applied' && params?.['action'] === 'save')
}

function saveOp(tag: string): SubmittedOp {
  return { module: 'core', op: 'checkpoint', params: { action: 'save', tag }, source: 'autopilot', note: 'for rescues' }
}

function dropOp({ tag }: AutoCheckpoint): SubmittedOp {
  return { module: 'core', op: 'checkpoint', params: { action: 'drop', tag }, source: 'autopilot' }
}
