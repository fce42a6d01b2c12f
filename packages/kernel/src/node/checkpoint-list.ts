import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readLines, type TailLine } from '@hotcb/journal'
import { isObject, type JsonObject, parseJson, readCheckpointMeta, runFiles } from '@hotcb/protocol'
import { isCut, type Seam, seamOf } from '@hotcb/recipe'
import { readSnapshot } from '../snapshot.ts'
import { readLedgerText } from './ledger-lines.ts'

/** A checkpoint in `hotcb.checkpoints`. */
export interface Checkpoint {
  readonly tag: string
  readonly dir: string
  /** The next step to train. */
  readonly step: number
  /** Seq of the last ledger line that it contains. */
  readonly seq: number
  /** The number of calls of `apply` in the step before; absent if an older kernel saved the checkpoint. */
  readonly calls?: number
  /** The argument for `continueFrom`: private state of the modules, and the kernel's own state. */
  readonly snapshot: JsonObject | null
  /**
   * The snapshot in the format that earlier versions wrote: the modules' states by name, with `kernel` next to them.
   */
  readonly modules: JsonObject | null
}

/**
 * Returns the checkpoints that still belong to a run's history, in order of their steps. If the run went back to an
 * earlier step, checkpoints saved after that step no longer belong to it.
 */
export function listCheckpoints(runDir: string): readonly Checkpoint[] {
  return checkpointsOf(runDir, seamsOf(runDir))
}

/** Returns the checkpoint to continue from, which is the one with the highest step; null if there is none. */
export function latestCheckpoint(runDir: string): Checkpoint | null {
  const seams = seamsOf(runDir)
  const all = checkpointsOf(runDir, seams).filter((one) => !isCopy(one) || seams.some((seam) => isLoaded(one, seam)))
  return all.filter((checkpoint) => !seams.some((seam) => isPassedOver(checkpoint, seam))).at(-1) ?? null
}

// Whether a sweep put the checkpoint here so that a command can load it. It is not part of this run until the ledger
// records the load.
function isCopy({ snapshot }: Checkpoint): boolean {
  const kernel = snapshot?.kernel
  return isObject(kernel) && kernel.copied === true
}

function isLoaded({ step, seq }: Checkpoint, seam: SeamLine): boolean {
  return seam.step === step && seam.seq > seq
}

function checkpointsOf(runDir: string, seams: readonly SeamLine[]): readonly Checkpoint[] {
  const folder = join(runDir, runFiles.checkpoints)
  const found: Checkpoint[] = []
  for (const tag of foldersIn(folder)) {
    const checkpoint = readCheckpoint(join(folder, tag), tag)
    if (checkpoint !== null && !seams.some((seam) => isTakenBack(checkpoint, seam))) found.push(checkpoint)
  }
  return found.sort((a, b) => a.step - b.step || a.seq - b.seq)
}

// Whether the checkpoint was saved after a step to which the run later went back.
function isTakenBack({ step, seq, snapshot }: Checkpoint, seam: SeamLine): boolean {
  const end = readSnapshot(snapshot)?.kernel?.at.end === true
  return seam.seq > seq && isCut({ step: step - 1, end, seq }, seam)
}

// Whether a load went back to an earlier checkpoint of the same step, one that does not include the later calls in that
// step.
function isPassedOver({ step, seq }: Checkpoint, { seq: at, step: to, endSeq }: SeamLine): boolean {
  return step === to && at > seq && endSeq !== null && endSeq > 0 && seq > endSeq
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.'))
  } catch {
    return []
  }
}

function readCheckpoint(dir: string, tag: string): Checkpoint | null {
  try {
    const parsed = parseJson(readFileSync(join(dir, 'meta.json'), 'utf8'))
    const meta = parsed.ok ? readCheckpointMeta(parsed.value) : parsed
    if (!meta.ok) return null
    const { step, seq, calls, modules = null, kernel = null } = meta.value
    return {
      tag,
      dir,
      step,
      seq,
      ...(calls !== undefined && { calls }),
      snapshot: modules === null ? null : { modules, kernel },
      modules: modules === null ? null : { ...modules, ...(kernel !== null && { kernel }) },
    }
  } catch {
    return null
  }
}

interface SeamLine extends Seam {
  readonly seq: number
}

function seamsOf(runDir: string): readonly SeamLine[] {
  const seams: SeamLine[] = []
  for (const line of linesOf(join(runDir, runFiles.ledger))) {
    if (!line.text.includes('"attempt"')) continue
    const read = readLedgerText(line.text)
    const seam = read.ok ? seamOf(read.value) : null
    if (seam !== null && read.ok) seams.push({ ...seam, seq: read.value.seq })
  }
  return seams
}

function linesOf(path: string): Iterable<TailLine> {
  try {
    return [...readLines(path)]
  } catch {
    return []
  }
}
