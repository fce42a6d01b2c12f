import type { FileHandle } from 'node:fs/promises'
import type { Sparkline } from '../shared/wire.ts'
import { readPoint } from './metric-point.ts'
import { openOrNone } from './run-files.ts'

/** Samples a metric's curve at a few positions in its file. The result is cached until the file changes. */
export class SparklineReader {
  readonly #kept: Map<string, { readonly stamp: string; readonly line: Sparkline }> = new Map()
  readonly #points: number

  constructor(points: number) {
    this.#points = points
  }

  /** Returns the curve of `name` in the metrics file at `path`; empty if the file does not contain the metric. */
  async read(path: string, name: string, roots: readonly string[]): Promise<Sparkline> {
    const handle = await openOrNone(path, roots)
    if (handle === undefined) return { name, steps: [], values: [] }
    try {
      const { size, mtimeMs, ino } = await handle.stat()
      const key = `${path}\0${name}`
      const stamp = `${ino}:${size}:${mtimeMs}`
      const kept = this.#kept.get(key)
      if (kept?.stamp === stamp) return kept.line
      const line = size <= SMALL ? await readWhole(handle, size, name) : await this.#sample(handle, size, name)
      this.#kept.delete(key)
      this.#kept.set(key, { stamp, line })
      if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value ?? '')
      return line
    } finally {
      await handle.close()
    }
  }

  async #sample(handle: FileHandle, size: number, name: string): Promise<Sparkline> {
    const steps: number[] = []
    const values: (number | null)[] = []
    for (let i = 0; i < this.#points; i++) {
      const isLast = i === this.#points - 1
      const at = isLast ? Math.max(0, size - CHUNK) : Math.floor((i * size) / this.#points)
      const buffer = Buffer.allocUnsafe(CHUNK)
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, at)
      const text = buffer.toString('utf8', 0, bytesRead)
      const lines = (at === 0 ? text : text.slice(text.indexOf('\n') + 1)).split('\n').slice(0, -1)
      for (const line of isLast ? lines.reverse() : lines) {
        const point = readPoint(line, name)
        if (point === undefined || point.step <= (steps.at(-1) ?? -1)) continue
        steps.push(point.step)
        values.push(point.value)
        break
      }
    }
    return { name, steps, values }
  }
}

const SMALL = 1 << 20
const CHUNK = 65_536
const KEPT = 5000

async function readWhole(handle: FileHandle, size: number, name: string): Promise<Sparkline> {
  const buffer = Buffer.allocUnsafe(size)
  const { bytesRead } = await handle.read(buffer, 0, size, 0)
  const text = buffer.toString('utf8', 0, bytesRead)
  const points = new Map<number, number | null>()
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    const point = readPoint(line, name)
    if (point !== undefined) points.set(point.step, point.value)
  }
  const sorted = [...points].sort((a, b) => a[0] - b[0])
  const every = Math.max(1, Math.ceil(sorted.length / 200))
  const kept = sorted.filter((_, i) => i % every === 0 || i === sorted.length - 1)
  return { name, steps: kept.map(([step]) => step), values: kept.map(([, value]) => value) }
}
