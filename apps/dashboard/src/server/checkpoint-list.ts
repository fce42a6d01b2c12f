import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { listRunCheckpointsAsync, type RunCheckpoint } from '@hotcb/run/node'
import type { RunDetail } from '../shared/wire.ts'
import { folderInside } from './run-files.ts'

/**
 * Lists a run's checkpoints. They are reread only if their folder has changed, and once a minute, because a file must be opened for each of
 * them.
 */
export class CheckpointList {
  readonly #dir: string
  readonly #roots: readonly string[]
  #stamp = ''
  #seenMs = 0
  #readMs = Number.NEGATIVE_INFINITY
  #whole: readonly RunCheckpoint[] = []
  #list: RunDetail['checkpoints'] = []

  constructor(dir: string, roots: readonly string[]) {
    this.#dir = dir
    this.#roots = roots
  }

  /** Returns the current checkpoints, with the content of each `meta.json`. */
  async readWhole(): Promise<readonly RunCheckpoint[]> {
    await this.read()
    return this.#whole
  }

  /** Returns the current list, without the content of `meta.json`. */
  async read(): Promise<RunDetail['checkpoints']> {
    // A link that leads outside the allowed folders counts as an empty folder.
    const folder = await folderInside(join(this.#dir, runFiles.checkpoints), this.#roots).catch(() => undefined)
    const stamp = folder === undefined ? '' : await stampOf(folder)
    const nowMs = performance.now()
    if (stamp !== this.#stamp) this.#seenMs = nowMs
    // Two changes within one tick of the file system's clock have the same timestamp.
    const isSettled = stamp === this.#stamp && this.#readMs - this.#seenMs > TICK_MS
    // Kernels do not change existing checkpoints. If another program does, the change is detected within a minute.
    if (isSettled && nowMs - this.#readMs < AGAIN_MS) return this.#list
    this.#stamp = stamp
    this.#readMs = nowMs
    const found = folder === undefined ? [] : await listRunCheckpointsAsync(folder, MOST_CHECKPOINTS, this.#roots)
    this.#whole = found
    this.#list = found.map(({ tag, step }) => ({ tag, step }))
    return this.#list
  }
}

const MOST_CHECKPOINTS = 200
// Timestamps of network file systems and FAT have a resolution of one or two seconds.
const TICK_MS = 2500
const AGAIN_MS = 60_000

async function stampOf(folder: string): Promise<string> {
  try {
    const { ino, mtimeMs } = await stat(folder)
    return `${ino}:${mtimeMs}`
  } catch {
    // The folder was deleted or is not readable. The listing reports the same.
    return ''
  }
}
