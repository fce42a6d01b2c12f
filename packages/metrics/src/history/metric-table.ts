import type { RawPoints } from './attempts.ts'
import { type Column, contents, doubleColumn, indexColumn, push } from './column.ts'
import { RecordScanner } from './record-scanner.ts'
import { type StepRange, stepRange } from './step-range.ts'

/**
 * Stored points of one metric: the values, followed by their record indices, unless the indices are consecutive.
 */
export interface Block {
  readonly count: number
  readonly firstRecord: number
  readonly sparse: boolean
  /** The position in the storage. */
  readonly segment: number
  readonly offset: number
}

/** Stores blocks outside memory. */
export interface BlockStorage {
  write(bytes: Uint8Array): { readonly segment: number; readonly offset: number }
  /** Fills `into` with the stored bytes. */
  read(place: { readonly segment: number; readonly offset: number }, into: Uint8Array): void
}

/** All points of one metric in file order: first those in blocks, then those in memory. */
export interface MetricColumn {
  readonly blocks: Block[]
  readonly values: Column<Float64Array>
  readonly records: Column<Uint32Array>
  points: number
  lastStep: number
  lastValue: number
  /** Whether all steps are ascending, which means that nothing was rewound. */
  rising: boolean
  /** Whether it has a point for every record, so that it can share the records' steps. */
  dense: boolean
}

/** The records of one file as columns. */
export class MetricTable {
  readonly scanner: RecordScanner = new RecordScanner()
  /** The step of each record. */
  readonly steps: Column<Float64Array> = doubleColumn(1024)
  /** The time of each record in epoch seconds; NaN if it has none. */
  readonly times: Column<Float64Array> = doubleColumn(1024)
  /** Indices of the records at which steps went back. */
  readonly seams: number[] = []
  /** The columns, by name ID. */
  readonly columns: MetricColumn[] = []
  /** The number of points in memory. When it is large enough, they are moved to the storage. */
  pending = 0
  #range: { readonly records: number; readonly steps: StepRange } | undefined

  /** Adds the record that the scanner just read. */
  add(): void {
    const { step, wallTime, count, ids, values } = this.scanner
    const record = this.steps.length
    if (record > 0 && step < (this.steps.data[record - 1] ?? 0)) this.seams.push(record)
    push(this.steps, step)
    push(this.times, wallTime)
    for (let at = 0; at < count; at++) this.#addPoint(ids[at] ?? 0, values[at] ?? Number.NaN, step, record)
    this.pending += count
  }

  /** The range of all records' steps, and the steps that are far away from the others. */
  get range(): StepRange {
    const { length } = this.steps
    if (this.#range?.records !== length) this.#range = { records: length, steps: stepRange(contents(this.steps)) }
    return this.#range.steps
  }

  column(id: number): MetricColumn {
    for (let next = this.columns.length; next <= id; next++) this.columns.push(emptyColumn())
    return this.columns[id] ?? emptyColumn()
  }

  /** Moves every point from memory to the storage. Rethrows storage errors without losing points. */
  spill(storage: BlockStorage): void {
    for (const column of this.columns) {
      if (column.values.length === 0) continue
      const block = encodeBlock(column)
      column.blocks.push({ ...block.shape, ...storage.write(block.bytes) })
      this.pending -= column.values.length
      column.values.length = 0
      column.records.length = 0
    }
  }

  /** The approximate memory use in bytes. */
  get bytes(): number {
    return (
      this.steps.data.byteLength +
      this.times.data.byteLength +
      this.pending * POINT_BYTES +
      this.columns.length * COLUMN_BYTES
    )
  }

  /** Frees memory that was reserved for future points. */
  shrink(): void {
    for (const column of this.columns) {
      if (column.values.length > 0) continue
      column.values.data = new Float64Array(0)
      column.records.data = new Uint32Array(0)
    }
  }

  /** Returns one metric's points in file order, starting at index `from`. */
  points(id: number, storage: BlockStorage | undefined, from = 0): RawPoints & { readonly times: Float64Array } {
    const column = this.column(id)
    const count = column.points - from
    const points = { values: new Float64Array(count), records: new Uint32Array(count) }
    let before = 0
    for (const block of column.blocks) {
      if (storage !== undefined && before + block.count > from) copy(readBlock(block, storage), points, before - from)
      before += block.count
    }
    const { values, records } = column
    const rest = { values: contents(values), records: records.data.subarray(0, records.length) }
    copy(rest, points, before - from)
    const ofRecords = (all: Column<Float64Array>): Float64Array =>
      column.dense ? all.data.subarray(from, column.points) : gather(all, points.records)
    return { ...points, steps: ofRecords(this.steps), times: ofRecords(this.times) }
  }

  #addPoint(id: number, value: number, step: number, record: number): void {
    const column = this.columns[id] ?? this.column(id)
    if (column.points > 0 && !(step > column.lastStep)) column.rising = false
    if (record !== column.points) column.dense = false
    push(column.values, value)
    push(column.records, record)
    column.points++
    column.lastStep = step
    column.lastValue = value
  }
}

function gather({ data }: Column<Float64Array>, records: Uint32Array): Float64Array {
  const found = new Float64Array(records.length)
  for (let at = 0; at < records.length; at++) found[at] = data[records[at] ?? 0] ?? 0
  return found
}

// The measured size of a column, its name, and their entries in maps and arrays.
const COLUMN_BYTES = 1500
// The size of value and index, with the space reserved for more.
const POINT_BYTES = 18

function emptyColumn(): MetricColumn {
  const shared = { points: 0, lastStep: Number.NaN, lastValue: Number.NaN, rising: true, dense: true }
  return { blocks: [], values: doubleColumn(16), records: indexColumn(16), ...shared }
}

function encodeBlock(column: MetricColumn): { bytes: Uint8Array; shape: Omit<Block, 'segment' | 'offset'> } {
  const { values, records } = column
  const count = values.length
  const firstRecord = records.data[0] ?? 0
  const sparse = (records.data[count - 1] ?? 0) - firstRecord !== count - 1
  const bytes = new Uint8Array(count * (sparse ? 12 : 8))
  bytes.set(new Uint8Array(values.data.buffer, 0, count * 8))
  if (sparse) bytes.set(new Uint8Array(records.data.buffer, 0, count * 4), count * 8)
  return { bytes, shape: { count, firstRecord, sparse } }
}

interface Points {
  readonly values: Float64Array
  readonly records: Uint32Array
}

function readBlock(block: Block, storage: BlockStorage): Points {
  const bytes = new Uint8Array(block.count * (block.sparse ? 12 : 8))
  storage.read(block, bytes)
  const values = new Float64Array(bytes.buffer, 0, block.count)
  if (block.sparse) return { values, records: new Uint32Array(bytes.buffer, block.count * 8, block.count) }
  const records = new Uint32Array(block.count)
  for (let at = 0; at < block.count; at++) records[at] = block.firstRecord + at
  return { values, records }
}

/** Copies points to index `at`. Points before the start are left out. */
function copy(from: Points, to: Points, at: number): void {
  const skipped = Math.max(0, -at)
  if (skipped >= from.values.length) return
  to.values.set(from.values.subarray(skipped), at + skipped)
  to.records.set(from.records.subarray(skipped), at + skipped)
}
