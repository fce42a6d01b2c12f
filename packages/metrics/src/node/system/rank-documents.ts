import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, parseJson, runFiles } from '@hotcb/protocol'

/** The last measurement of a rank above 0. */
export interface RankFigures {
  readonly rank: number
  readonly pid: number
  /** Epoch seconds. */
  readonly ts: number
  readonly step: number
  readonly figures: Readonly<Record<string, number>>
}

const NAME = /^rank-(\d{1,6})\.json$/
const MOST_BYTES = 65_536

/** Replaces one rank's document without blocking. If it cannot be written, the existing document is left unchanged. */
export async function writeRankFigures(runDir: string, figures: RankFigures): Promise<void> {
  const folder = join(runDir, runFiles.ranks)
  const path = join(folder, `rank-${figures.rank}.json`)
  const fresh = `${path}.${figures.pid}.new`
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(fresh, `${JSON.stringify(figures)}\n`)
    await rename(fresh, path)
  } catch {
    // The measurements are optional, so a full disk or a missing folder must not disturb the training.
  }
}

/** Reads the rank documents that were written in the last `freshSeconds`, lowest rank first. */
export async function readRankFigures(runDir: string, freshSeconds: number): Promise<readonly RankFigures[]> {
  const folder = join(runDir, runFiles.ranks)
  const names = await readdir(folder).catch(() => [])
  const read = await Promise.all(names.filter((name) => NAME.test(name)).map((name) => readOne(join(folder, name))))
  const oldest = Date.now() / 1000 - freshSeconds
  return read.flatMap((one) => (one !== null && one.ts >= oldest ? [one] : [])).sort((a, b) => a.rank - b.rank)
}

async function readOne(path: string): Promise<RankFigures | null> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.length > MOST_BYTES ? null : parseRankFigures(text)
}

/** Parses a document; null if no rank wrote it. */
export function parseRankFigures(text: string): RankFigures | null {
  const parsed = parseJson(text)
  if (!parsed.ok || !isObject(parsed.value)) return null
  const { rank, pid, ts, step, figures } = parsed.value
  if (!isWhole(rank) || !isWhole(pid) || !isWhole(step) || typeof ts !== 'number' || !isObject(figures)) return null
  const numbers = Object.entries(figures).filter(
    (pair): pair is [string, number] => typeof pair[1] === 'number' && Number.isFinite(pair[1]),
  )
  return { rank, pid, ts, step, figures: Object.fromEntries(numbers) }
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
