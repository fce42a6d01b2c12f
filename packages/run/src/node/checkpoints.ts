import { readdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type AllowedFolders, readStampedDocument, readStampedDocumentAsync } from '@hotcb/journal'
import { type CheckpointMeta, parseJson, readCheckpointMeta } from '@hotcb/protocol'

/** One checkpoint of a run. */
export interface RunCheckpoint {
  readonly tag: string
  /** The next step to run after loading it; null if unknown. */
  readonly step: number | null
  /**
   * Its `meta.json` without the saved state; null if it cannot be read, for example because another program saved the
   * checkpoint.
   */
  readonly meta: Omit<CheckpointMeta, 'modules' | 'kernel'> | null
}

/** Lists the checkpoints in a folder, earliest step first; none if the folder does not exist. */
export function listRunCheckpoints(folder: string, within?: AllowedFolders): readonly RunCheckpoint[] {
  const limits = within === undefined ? {} : { within }
  const tags = quietly(() => readdirSync(folder, { withFileTypes: true }).filter(isCheckpoint)) ?? []
  const found = tags.map(({ name }) =>
    checkpointOf(name, quietly(() => readStampedDocument(join(folder, name, 'meta.json'), limits))?.text),
  )
  return found.sort(byStep)
}

/** Does the same without blocking the thread. Reads at most `limit` checkpoints. */
export async function listRunCheckpointsAsync(
  folder: string,
  limit: number,
  within?: AllowedFolders,
): Promise<readonly RunCheckpoint[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const found = await Promise.all(
    entries
      .filter(isCheckpoint)
      .slice(-limit)
      .map(async ({ name }) => {
        const path = join(folder, name, 'meta.json')
        const meta = await readStampedDocumentAsync(path, within === undefined ? {} : { within }).catch(() => null)
        return checkpointOf(name, meta === null || meta === 'same' ? undefined : meta.text)
      }),
  )
  return found.sort(byStep)
}

// Unfinished checkpoints have names that begin with a dot.
function isCheckpoint(entry: { readonly name: string; isDirectory(): boolean }): boolean {
  return entry.isDirectory() && !entry.name.startsWith('.')
}

function checkpointOf(tag: string, text: string | undefined): RunCheckpoint {
  const parsed = text === undefined ? undefined : parseJson(text)
  const meta = parsed?.ok === true ? readCheckpointMeta(parsed.value) : undefined
  if (meta?.ok !== true) return { tag, step: null, meta: null }
  const { modules: _modules, kernel: _kernel, ...about } = meta.value
  return { tag, step: about.step, meta: about }
}

function byStep(a: RunCheckpoint, b: RunCheckpoint): number {
  return (a.step ?? 0) - (b.step ?? 0)
}

function quietly<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    // A folder that cannot be read counts as missing.
    return undefined
  }
}
