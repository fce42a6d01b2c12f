import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type CheckpointMeta, didYouMean, isMachine, type Maker, parseJson, readCheckpointMeta } from '@hotcb/protocol'
import type { CheckpointDropped, DropRequest } from '../ports.ts'
import { deleteTag } from './checkpoint-scratch.ts'

/**
 * Deletes a checkpoint, even one that no longer belongs to the history.
 *
 * @throws Error with a one-line message if there is no checkpoint with that tag, or if a person saved it and the
 *   request is not confirmed.
 */
export function dropCheckpoint(folder: string, { tag, isConfirmed, attempt }: DropRequest): CheckpointDropped {
  const dir = join(folder, tag)
  if (statSync(dir, { throwIfNoEntry: false }) === undefined) throw new Error(missing(folder, tag))
  const meta = readMeta(dir)
  const by = meta?.by ?? null
  if (!isConfirmed && !isMachine(by)) throw new Error(`${personal(tag, by)}: add \`--yes\` to delete it`)
  if (!deleteTag(folder, tag, { attempt })) throw new Error(missing(folder, tag))
  return { step: meta?.step ?? null, by }
}

function readMeta(dir: string): CheckpointMeta | null {
  try {
    const parsed = parseJson(readFileSync(join(dir, 'meta.json'), 'utf8'))
    const meta = parsed.ok ? readCheckpointMeta(parsed.value) : parsed
    return meta.ok ? meta.value : null
  } catch {
    // Another program's checkpoint does not record who made it.
    return null
  }
}

function personal(tag: string, by: Maker | null): string {
  if (by === null) return `checkpoint \`${tag}\` does not record who saved it and may be a person's`
  const who = by.author === null ? by.source : `${by.author}, ${by.source}`
  return `checkpoint \`${tag}\` was saved by a person (${who})`
}

function missing(folder: string, tag: string): string {
  const tags = tagsIn(folder)
  return tags.length === 0
    ? 'there is no checkpoint to drop'
    : `the checkpoint \`${tag}\` does not exist: ${didYouMean(tag, tags, `choose from ${tags.sort().join(', ')}`)}`
}

function tagsIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.'))
  } catch {
    return []
  }
}
