import type { Json } from '@hotcb/protocol'

/** The layout of the page that a client and its sidecar share. */
export const PAGE: Readonly<Record<'bytes' | 'flag' | 'head' | 'drained' | 'ring' | 'ringBytes', number>> = {
  bytes: 1 << 20,
  /** One byte; 1 requests a contact. */
  flag: 0,
  /** Int64: the total number of bytes that were put into the ring. The client updates it. */
  head: 8,
  /** Int64: the number of bytes that have been written to the files. The sidecar updates it. */
  drained: 16,
  ring: 4096,
  ringBytes: (1 << 20) - 8192,
}

/** The shapes of records that do not contain metrics. */
export const SHAPE: Readonly<Record<'names' | 'feature' | 'skip', number>> = { names: -1, feature: -2, skip: -3 }

const HEADER_BYTES = 32
const ALIGNMENT = 8

/** One record in the ring. */
export type RingRecord =
  | {
      readonly kind: 'metrics'
      readonly shape: number
      readonly step: number
      readonly epoch: number | null
      /** Epoch seconds. */
      readonly wallTime: number
      readonly values: readonly number[]
    }
  /** The metric names of all records of this shape, which follow it. */
  | { readonly kind: 'names'; readonly shape: number; readonly text: string }
  /** A line for the features file. */
  | { readonly kind: 'feature'; readonly text: string }

/** Returns the size of a record with this number of payload bytes. */
export function recordBytes(payload: number): number {
  return HEADER_BYTES + Math.ceil(payload / ALIGNMENT) * ALIGNMENT
}

/**
 * Reads the records between two positions, which count all bytes that were ever put into the ring.
 *
 * @param read Reads bytes from the ring, starting at an offset.
 * @throws RangeError for bytes that are not a record.
 */
export function* readRing(
  from: number,
  to: number,
  read: (offset: number, length: number) => Uint8Array,
): Generator<RingRecord> {
  for (let at = from; at < to; ) {
    const offset = at % PAGE.ringBytes
    const length = Math.min(to - at, PAGE.ringBytes - offset)
    const bytes = read(offset, length)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let next = 0
    while (next < length) {
      const size = view.getInt32(next, true)
      if (size < ALIGNMENT || next + size > length) {
        throw new RangeError(`the ring has a record of ${size} bytes at ${at + next}`)
      }
      const record = recordAt(bytes, view, next, size)
      next += size
      if (record !== null) yield record
    }
    at += length
  }
}

function recordAt(bytes: Uint8Array, view: DataView, at: number, size: number): RingRecord | null {
  const shape = view.getInt32(at + 4, true)
  if (shape === SHAPE.skip) return null
  const step = Number(view.getBigInt64(at + 8, true))
  if (shape === SHAPE.names) return { kind: 'names', shape: step, text: textOf(bytes, at, size) }
  if (shape === SHAPE.feature) return { kind: 'feature', text: textOf(bytes, at, size) }
  const epoch = view.getFloat64(at + 16, true)
  const values: number[] = []
  for (let i = at + HEADER_BYTES; i < at + size; i += 8) values.push(view.getFloat64(i, true))
  return {
    kind: 'metrics',
    shape,
    step,
    epoch: Number.isNaN(epoch) ? null : epoch,
    wallTime: view.getFloat64(at + 24, true),
    values,
  }
}

// The content is JSON, padded with spaces.
function textOf(bytes: Uint8Array, at: number, size: number): string {
  return new TextDecoder().decode(bytes.subarray(at + HEADER_BYTES, at + size)).trimEnd()
}

/** Returns the bytes of a metrics record. */
export function metricsRecord(
  shape: number,
  { step, epoch, wallTime, values }: Omit<Extract<RingRecord, { kind: 'metrics' }>, 'kind' | 'shape'>,
): Uint8Array {
  const { bytes, view } = record(shape, step, values.length * 8)
  view.setFloat64(16, epoch ?? Number.NaN, true)
  view.setFloat64(24, wallTime, true)
  for (const [i, value] of values.entries()) view.setFloat64(HEADER_BYTES + 8 * i, value, true)
  return bytes
}

/** Returns the bytes of a text record: the names of a shape, or a line for the features file. */
export function textRecord(kind: 'names' | 'feature', shape: number, value: Json): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(value))
  const { bytes } = record(SHAPE[kind], shape, text.length)
  bytes.fill(0x20, HEADER_BYTES)
  bytes.set(text, HEADER_BYTES)
  return bytes
}

/** Returns the bytes that fill the ring up to its end. */
export function skipRecord(size: number): Uint8Array {
  const bytes = new Uint8Array(ALIGNMENT)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, size, true)
  view.setInt32(4, SHAPE.skip, true)
  return bytes
}

function record(shape: number, step: number, payload: number): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(recordBytes(payload))
  const view = new DataView(bytes.buffer)
  view.setInt32(0, bytes.length, true)
  view.setInt32(4, shape, true)
  view.setBigInt64(8, BigInt(step), true)
  return { bytes, view }
}
