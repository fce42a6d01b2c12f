import type { LedgerLine, SubmittedOp } from '@hotcb/protocol'
import { type AutoCheckpoint, START_TAG } from './checkpoint-fold.ts'
import type { Permission } from './types.ts'

/** The cost limit of automatic checkpoints, and how the cost is measured. Without a clock or a disk nothing is measured. */
export interface SaverOptions {
  /** Steps between two. @defaultValue an epoch */
  readonly every?: number | undefined
  /** The step of the last one that an earlier start saved. @defaultValue 0 */
  readonly from?: number | undefined
  /** Running time in milliseconds. */
  readonly clock?: (() => number) | undefined
  readonly disk?: DiskSpace | undefined
  /** Told once, when checkpoints are off. */
  readonly say: (message: string) => void
}

/** Bytes of the disk; undefined if they are not known. */
export interface DiskSpace {
  free(): number | undefined
  /** Of a checkpoint that was saved. */
  sizeOf(tag: string): number | undefined
}

export interface SaverInput {
  readonly step: number
  readonly epochSteps: number
  /** Whether a rescue is under way: then nothing is saved. */
  readonly isBusy: boolean
  readonly checkpoints: readonly AutoCheckpoint[]
  /** The value of `checkpoint` in `limits`. A save is not worth a question to a person: if it needs approval, none is made. */
  readonly permission: Permission
  /** Milliseconds that the last save took, passed once; null while they are unknown. */
  readonly tookMs: number | null
}

/** Saves checkpoints for rescues: the start, then every so often, the last three. */
export interface CheckpointSaver {
  /** The start of the run, before the first step. Undefined if `limits` do not let machines save. */
  start(permission: Permission): SubmittedOp | undefined
  /** Called at each safe point. Returns the commands to send now. */
  look(look: SaverInput): readonly SubmittedOp[]
  /** A checkpoint of a tag was saved, or not. */
  answered(tag: string, isSaved: boolean): void
}

/** Share of the running time that saving may take. */
const MOST_TIME = 0.01
/** Share of the free disk that all of them may take. */
const MOST_DISK = 1 / 3
const KEPT = 3

export function createCheckpointSaver({ every, from = 0, clock, disk, say }: SaverOptions): CheckpointSaver {
  let isOff = false
  let hasSaidWhy = false
  let lastStep = from
  let lastSaveAt = clock?.() ?? 0
  let cost = 0

  function turnOff(why: string): void {
    if (!isOff) say(`autopilot: no more checkpoints are saved for rescues: ${why}`)
    isOff = true
  }

  /** Whether the autopilot may save; reports once that it may not. */
  function mayDo(permission: Permission): boolean {
    if (permission === 'auto') return true
    if (!hasSaidWhy)
      say(`autopilot: no checkpoints are saved for rescues: \`limits\` say \`checkpoint: ${permission}\``)
    hasSaidWhy = true
    return false
  }

  function count(took: number | null): void {
    if (took === null) return
    // The first save is often slow, and one slow save must not stop the others forever.
    cost = Math.max(took, cost / 2)
    lastSaveAt = clock?.() ?? 0
  }

  // A save that took c milliseconds is not followed by another within 100 c.
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
      if (needed > free * MOST_DISK) turnOff(`${KEPT + 1} of them take ${needed} bytes, and ${free} are free`)
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

/** The automatic checkpoints that are no longer needed. Checkpoints of people are kept. */
function oldOnes(checkpoints: readonly AutoCheckpoint[]): readonly AutoCheckpoint[] {
  return checkpoints.filter(({ tag }) => tag.startsWith('auto-') && tag !== START_TAG).slice(0, -KEPT)
}

/** Passes the answers to commands of a saver on to it; other lines of the ledger are ignored. */
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
