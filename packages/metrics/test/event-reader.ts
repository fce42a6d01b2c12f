import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32c } from '../src/export/crc32c.ts'

/** An event in a TensorBoard file. */
export interface ReadEvent {
  readonly wallTime: number
  readonly step: bigint
  readonly version: string | undefined
  readonly scalars: readonly (readonly [string, number])[]
  /** Whether it is a session start: the run continues at its step. */
  readonly isStart: boolean
}

/** Returns points by tag, as TensorBoard shows a directory: files by name, without points that a session start drops. */
export function readPoints(directory: string): Record<string, (readonly [step: number, value: number])[]> {
  const points: Record<string, (readonly [number, number])[]> = Object.create(null)
  const files = readdirSync(directory).filter((name) => name.includes('tfevents'))
  for (const event of files.sort().flatMap((name) => readEvents(readFileSync(join(directory, name))))) {
    const at = Number(event.step)
    if (event.isStart) {
      for (const [tag, own] of Object.entries(points)) points[tag] = own.filter(([step]) => step < at)
    }
    for (const [tag, value] of event.scalars) points[tag] = [...(points[tag] ?? []), [at, value]]
  }
  return points
}

/** Reads an event file and verifies its checksums. This is an independent implementation of the format definition. */
export function readEvents(bytes: Uint8Array): ReadEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const events: ReadEvent[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = Number(view.getBigUint64(at, true))
    const message = bytes.subarray(at + 12, at + 12 + length)
    if (unmask(view.getUint32(at + 8, true)) !== crc32c(bytes.subarray(at, at + 8))) throw new Error('length checksum')
    if (unmask(view.getUint32(at + 12 + length, true)) !== crc32c(message)) throw new Error('message checksum')
    events.push(readEvent(message))
    at += length + 16
  }
  return events
}

function unmask(masked: number): number {
  const turned = (masked - 0xa282ead8) >>> 0
  return ((turned << 15) | (turned >>> 17)) >>> 0
}

type Field = readonly [number: number, value: Uint8Array | bigint]

function readEvent(message: Uint8Array): ReadEvent {
  let event: ReadEvent = { wallTime: 0, step: 0n, version: undefined, scalars: [], isStart: false }
  for (const [number, value] of fields(message)) {
    if (typeof value === 'bigint') {
      if (number === 2) event = { ...event, step: BigInt.asIntN(64, value) }
    } else if (number === 1) event = { ...event, wallTime: viewOf(value).getFloat64(0, true) }
    else if (number === 3) event = { ...event, version: new TextDecoder().decode(value) }
    else if (number === 7)
      event = { ...event, isStart: fields(value).some(([of, status]) => of === 1 && status === 1n) }
    else if (number === 5) event = { ...event, scalars: fields(value).map(([, scalar]) => readScalar(scalar)) }
  }
  return event
}

function readScalar(value: Uint8Array | bigint): readonly [string, number] {
  if (typeof value === 'bigint') throw new Error('a scalar must be a message')
  let tag = ''
  let simple = 0
  for (const [number, part] of fields(value)) {
    if (typeof part === 'bigint') throw new Error('tag and value must not be varints')
    if (number === 1) tag = new TextDecoder().decode(part)
    else simple = viewOf(part).getFloat32(0, true)
  }
  return [tag, simple]
}

function fields(message: Uint8Array): Field[] {
  const found: Field[] = []
  let at = 0
  const varint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const key = Number(varint())
    const wire = key & 7
    if (wire === 0) {
      found.push([key >> 3, varint()])
      continue
    }
    const length = wire === 1 ? 8 : wire === 5 ? 4 : Number(varint())
    found.push([key >> 3, message.subarray(at, at + length)])
    at += length
  }
  return found
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
