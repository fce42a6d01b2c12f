import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { readMetricLine } from '@hotcb/run'
import type { AxisKnots } from '../../shared/compare-wire.ts'
import { openOrNone } from '../run-files.ts'
import type { FoundRun } from '../run-finder.ts'

interface Knot {
  readonly step: number
  readonly time: number | null
  readonly epoch: number | null
}

/**
 * Reads the step, the time and the epoch at up to 160 positions in a metrics file, including its first and last line. A chart interpolates
 * linearly between them.
 */
export async function readAxisKnots({ dir, roots }: Pick<FoundRun, 'dir' | 'roots'>): Promise<AxisKnots> {
  const handle = await openOrNone(join(dir, runFiles.metrics), roots)
  if (handle === undefined) return { steps: [], times: [], epochs: [] }
  try {
    const { size } = await handle.stat()
    const found: Knot[] = []
    for (let i = 0; i < PLACES; i++) {
      const at = Math.floor((i * size) / PLACES)
      const knots = await knotsAt(handle, at, size, i === PLACES - 1)
      found.push(...knots)
    }
    const rising = keepRising(found)
    return {
      steps: rising.map(({ step }) => step),
      times: rising.map(({ time }) => time),
      epochs: rising.map(({ epoch }) => epoch),
    }
  } finally {
    await handle.close()
  }
}

const PLACES = 160
const LEAST_CHUNK = 4096
const LARGEST_CHUNK = 1 << 20

/** Reads the first complete line after a position, or the last line of the file if `isLast` is true. */
async function knotsAt(handle: FileHandle, at: number, size: number, isLast: boolean): Promise<readonly Knot[]> {
  for (let chunk = LEAST_CHUNK; chunk <= LARGEST_CHUNK; chunk *= 4) {
    const from = isLast ? Math.max(0, size - chunk) : at
    const buffer = Buffer.allocUnsafe(chunk)
    const { bytesRead } = await handle.read(buffer, 0, chunk, from)
    const text = buffer.toString('utf8', 0, bytesRead)
    const lines = (from === 0 ? text : text.slice(text.indexOf('\n') + 1)).split('\n').slice(0, -1)
    const line = isLast ? lines.at(-1) : lines[0]
    const read = line === undefined ? undefined : readMetricLine(line)
    if (read !== undefined) return [{ step: read.step, time: read.wallTime, epoch: read.epoch }]
    if (from + bytesRead >= size && !isLast) break
  }
  return []
}

/** Removes steps that a later attempt trained again. */
function keepRising(knots: readonly Knot[]): readonly Knot[] {
  const kept: Knot[] = []
  for (const knot of knots) {
    while ((kept.at(-1)?.step ?? Number.NEGATIVE_INFINITY) >= knot.step) kept.pop()
    kept.push(knot)
  }
  return kept
}
