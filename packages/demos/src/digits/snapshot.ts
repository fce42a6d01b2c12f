import { createHash } from 'node:crypto'
import { DemoError } from '../errors.ts'

/** The shape of a snapshot. Two trainers can exchange snapshots if their shapes are equal. */
export interface SnapshotShape {
  readonly optimizer: string
  /** Units of each layer, input and output included. */
  readonly layers: readonly number[]
}

/** Steps whose data was skipped, both inclusive. */
export type Skipped = readonly [from: number, to: number]

/** The data that a training run has used, apart from its seed and step. */
export interface DataState {
  readonly skipped: readonly Skipped[]
  /** The number of images from each source that were trained on, if the training run has several sources. */
  readonly samples: Readonly<Record<string, number>>
}

/** Views of the memory that a snapshot saves and restores, always in the same order. */
export type SnapshotParts = readonly (Float32Array | Float64Array)[]

const MAGIC = 'hotcb-digits-snapshot\n'
const VERSION = 1
const HASH_BYTES = 32
const START = MAGIC.length + 8

/**
 * Writes `parts` exactly: magic, version and header length (32 bits each, little-endian), the header as JSON, the bytes of the
 * parts in the machine's byte order, and the SHA-256 of everything before it.
 */
export function encodeSnapshot(
  shape: SnapshotShape,
  parts: SnapshotParts,
  { skipped, samples }: DataState = { skipped: [], samples: {} },
): Uint8Array {
  const { optimizer, layers } = shape
  const data = { ...(skipped.length > 0 && { skipped }), ...(Object.keys(samples).length > 0 && { samples }) }
  const header = Buffer.from(JSON.stringify({ optimizer, layers, ...data }))
  const numbers = Buffer.alloc(8)
  numbers.writeUInt32LE(VERSION, 0)
  numbers.writeUInt32LE(header.length, 4)
  const body = Buffer.concat([Buffer.from(MAGIC), numbers, header, ...parts.map(bytesOf)])
  return new Uint8Array(Buffer.concat([body, sha256(body)]))
}

/**
 * Restores the output of {@link encodeSnapshot}. Nothing is changed unless everything is valid.
 *
 * @returns The data that the training run had used.
 * @throws {@link DemoError} `bad-snapshot` if the bytes are from another program, are damaged, have a newer version or have a different
 *   shape.
 */
export function decodeSnapshot(bytes: Uint8Array, shape: SnapshotShape, parts: SnapshotParts): DataState {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < START || buffer.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw bad('these bytes are not a snapshot of the digits trainer')
  }
  const version = buffer.readUInt32LE(MAGIC.length)
  if (version !== VERSION) throw bad(`the snapshot has version ${version}, this trainer reads version ${VERSION}`)
  const end = buffer.length - HASH_BYTES
  if (end < START || !sha256(buffer.subarray(0, end)).equals(buffer.subarray(end))) {
    throw bad('the snapshot is damaged: its SHA-256 does not match')
  }
  let start = START + buffer.readUInt32LE(MAGIC.length + 4)
  const { optimizer, layers, skipped = [], samples = {} } = JSON.parse(buffer.toString('utf8', START, start)) as Header
  const got = JSON.stringify({ optimizer, layers })
  const wanted = JSON.stringify({ optimizer: shape.optimizer, layers: shape.layers })
  if (got !== wanted) throw bad(`the snapshot is of ${got}, this trainer is ${wanted}`)
  const length = parts.reduce((sum, { byteLength }) => sum + byteLength, 0)
  if (end - start !== length) throw bad(`the snapshot contains ${end - start} bytes of weights, expected ${length}`)
  for (const part of parts) {
    bytesOf(part).set(buffer.subarray(start, start + part.byteLength))
    start += part.byteLength
  }
  return { skipped, samples }
}

/** The header that {@link encodeSnapshot} wrote; the hash check guarantees its form. */
interface Header extends SnapshotShape, Partial<DataState> {}

/** Returns an array's bytes without copying them. */
export function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function bad(message: string): DemoError {
  return new DemoError('bad-snapshot', message)
}
