import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject, parseJson, runFiles } from '@hotcb/protocol'
import { crashPoint } from '../crash-point.ts'

/** A checkpoint to copy from one trial to another. */
export interface CheckpointCopy {
  readonly results: string
  readonly from: number
  readonly tag: string
  /** The last line of the donor's ledger that it covers. */
  readonly seq: number
  readonly to: number
  readonly as: string
  /** The last line of the receiving trial's ledger, so that an older rewind in that ledger does not hide the copy. */
  readonly ownSeq: number
}

/**
 * Copies a checkpoint completely or not at all. Commands that the donor's kernel had not yet decided are left out.
 *
 * @returns Null on success, otherwise why there is nothing to copy.
 */
export function copyCheckpoint({ results, from, tag, seq, to, as, ownSeq }: CheckpointCopy): string | null {
  const folderOf = (i: number): string => join(results, String(i), runFiles.checkpoints)
  const source = join(folderOf(from), tag)
  const target = join(folderOf(to), as)
  if (existsSync(target)) return null
  const gone = `checkpoint \`${tag}\` of trial ${from} no longer exists`
  // No tag begins with a dot, so no reader mistakes it for a checkpoint. A killed driver leaves at most one such folder.
  const scratch = join(folderOf(to), `.${as}`)
  rmSync(scratch, { recursive: true, force: true })
  mkdirSync(folderOf(to), { recursive: true })
  try {
    cpSync(source, scratch, { recursive: true })
    crashPoint('pbt-half-copied')
    const meta = readMeta(scratch)
    // The donor may have saved another checkpoint with that tag while this one was being copied.
    const isSame = meta?.['seq'] === seq && readMeta(source)?.['seq'] === seq
    if (!isSame || meta === undefined) {
      rmSync(scratch, { recursive: true, force: true })
      return gone
    }
    writeFileSync(join(scratch, 'meta.json'), `${JSON.stringify(adapted(meta, ownSeq))}\n`)
    renameSync(scratch, target)
    return null
  } catch {
    rmSync(scratch, { recursive: true, force: true })
    return existsSync(source) ? null : gone
  }
}

function adapted(meta: Readonly<Record<string, unknown>>, seq: number): object {
  const { submitted: _, ...kept } = isObject(meta['kernel']) ? meta['kernel'] : {}
  // `copied` marks the copy: a training run that restarts before it has loaded the copy continues from its own checkpoint.
  return { ...meta, seq, modules: meta['modules'] ?? {}, kernel: { ...kept, submitted: [], copied: true } }
}

function readMeta(dir: string): Readonly<Record<string, unknown>> | undefined {
  const parsed = parseJson(readFileSync(join(dir, 'meta.json'), 'utf8'))
  return parsed.ok && isObject(parsed.value) ? parsed.value : undefined
}
