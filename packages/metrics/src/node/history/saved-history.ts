import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { readStampedDocument, replaceDocument } from '@hotcb/journal'
import { parseJson } from '@hotcb/protocol'
import { type Column, contents, pushAll } from '../../history/column.ts'
import { type Block, MetricTable } from '../../history/metric-table.ts'
import { Segments } from './segments.ts'
import type { SourceMark } from './source.ts'

/** A table and the state that is needed to continue reading the file. */
export interface SavedHistory {
  readonly table: MetricTable
  readonly segments: Segments
  readonly mark: SourceMark
  readonly badLines: BadLines
}

/** The number of malformed lines, and the first one. */
export interface BadLines {
  readonly count: number
  readonly first: { readonly offset: number; readonly reason: string } | null
}

/**
 * Writes a table to its cache directory: first the blocks, then the index that names them, by rename. Throws disk errors.
 */
export function saveHistory(directory: string, saved: SavedHistory): void {
  const { table, segments, mark, badLines } = saved
  table.spill(segments)
  const write = (column: Column<Float64Array>): Place => {
    const { segment, offset } = segments.write(bytesOf(contents(column)))
    return [segment, offset]
  }
  const steps = write(table.steps)
  const times = write(table.times)
  segments.sync()
  const index: Index = {
    version: VERSION,
    mark,
    badLines,
    segments: segments.list(),
    records: table.steps.length,
    steps,
    times,
    seams: table.seams,
    names: table.scanner.names.map((name, id) => {
      const { points, lastStep, lastValue, rising, dense, blocks } = table.column(id)
      return { name, points, lastStep, lastValue, rising, dense, blocks: blocks.map(toRow) }
    }),
  }
  replaceDocument(join(directory, INDEX), JSON.stringify(index))
  segments.sweep(Date.now())
}

/**
 * Reads the files written by `saveHistory`; undefined if they are missing or incomplete. `mark` shows whether they still
 * match the file.
 */
export function loadHistory(directory: string): SavedHistory | undefined {
  const segments = new Segments(directory)
  try {
    const index = readIndex(directory)
    if (index === undefined) return undefined
    for (const { name, length } of index.segments) segments.add(name, length)
    const table = new MetricTable()
    pushAll(table.steps, readColumn(segments, index.steps, index.records))
    pushAll(table.times, readColumn(segments, index.times, index.records))
    for (const seam of index.seams) table.seams.push(seam)
    for (const saved of index.names) {
      const column = table.column(table.scanner.idOf(saved.name))
      for (const row of saved.blocks) column.blocks.push(toBlock(row))
      column.points = saved.points
      column.lastStep = saved.lastStep ?? Number.NaN
      column.lastValue = saved.lastValue ?? Number.NaN
      column.rising = saved.rising
      column.dense = saved.dense
    }
    return { table, segments, mark: index.mark, badLines: index.badLines }
  } catch {
    segments.close()
    return undefined
  }
}

// Reads our own document, which is written atomically. Any other content throws, and the history is rebuilt.
function readIndex(directory: string): Index | undefined {
  const within = [realpathSync(directory)]
  const document = readStampedDocument(join(directory, INDEX), { within, maxBytes: MAX_INDEX_BYTES })
  const parsed = document === null ? undefined : parseJson(document.text)
  if (parsed?.ok !== true) return undefined
  const index = parsed.value as Index
  if (index.version !== VERSION) return undefined
  // An index that claims more bytes than exist must not cause an allocation.
  const kept = index.segments.reduce((sum, { length }) => sum + length, 0)
  return index.records * Float64Array.BYTES_PER_ELEMENT <= kept ? index : undefined
}

// Version 2 has wall times. A history with a different version is rebuilt from its file.
const VERSION = 2
const INDEX = 'index.json'
const MAX_INDEX_BYTES = 256 * 1024 * 1024

type Place = readonly [segment: number, offset: number]
type BlockRow = readonly [count: number, firstRecord: number, sparse: 0 | 1, segment: number, offset: number]

interface Index {
  readonly version: number
  readonly mark: SourceMark
  readonly badLines: BadLines
  readonly segments: readonly { readonly name: string; readonly length: number }[]
  readonly records: number
  readonly steps: Place
  readonly times: Place
  readonly seams: readonly number[]
  readonly names: readonly {
    readonly name: string
    readonly points: number
    readonly lastStep: number | null
    readonly lastValue: number | null
    readonly rising: boolean
    readonly dense: boolean
    readonly blocks: readonly BlockRow[]
  }[]
}

function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
}

function readColumn(segments: Segments, [segment, offset]: Place, length: number): Float64Array {
  const numbers = new Float64Array(length)
  segments.read({ segment, offset }, bytesOf(numbers))
  return numbers
}

function toRow(block: Block): BlockRow {
  return [block.count, block.firstRecord, block.sparse ? 1 : 0, block.segment, block.offset]
}

function toBlock([count, firstRecord, sparse, segment, offset]: BlockRow): Block {
  return { count, firstRecord, sparse: sparse === 1, segment, offset }
}
