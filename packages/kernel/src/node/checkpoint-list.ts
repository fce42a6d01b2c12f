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
  /** The number of calls of `apply` in the step before; absent from older kernels. */
  readonly calls?: number
  /** The argument for `continueFrom`: private state of the modules, and the kernel's own state. */
  readonly snapshot: JsonObject | null
  /** The same with the modules' states by name and `kernel` next to them, as in earlier versions. */
  readonly modules: JsonObject | null
}

/**
 * The checkpoints of a run that still belong to its history, by step. A checkpoint saved after a place to which the run
 * later went back does not.
 */
export function listCheckpoints(runDir: string): readonly Checkpoint[] {
  return checkpointsOf(runDir, seamsOf(runDir))
}

/** The checkpoint to continue from: the one with the highest step; null if there is none. */
export function latestCheckpoint(runDir: string): Checkpoint | null {
  const seams = seamsOf(runDir)
  const all = checkpointsOf(runDir, seams).filter((one) => !isCopy(one) || seams.some((seam) => isLoaded(one, seam)))
  return all.filter((checkpoint) => !seams.some((seam) => isPassedOver(checkpoint, seam))).at(-1) ?? null
}

// Put here by a sweep, to be loaded by a command: until that is in the ledger, it is not part of this run.
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

// Saved after a place to which the run went back.
function isTakenBack({ step, seq, snapshot }: Checkpoint, seam: SeamLine): boolean {
  const end = readSnapshot(snapshot)?.kernel?.at.end === true
  return seam.seq > seq && isCut({ step: step - 1, end, seq }, seam)
}

// A load went back to an earlier checkpoint of the same step, which does not include that step's later calls.
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
