/**
 * TensorBoard's event file: records of TFRecord framing, each an `Event` message in protocol buffers' wire format.
 *
 * Framing: length (8 bytes, little endian), its masked CRC-32C, data, its masked CRC-32C. Messages: tensorflow's
 * event.proto and summary.proto.
 */

/** The first record of every event file. */
export function encodeVersion(wallTime: number): Uint8Array {
  return frame(concat([field(1, FIXED64), double(wallTime), bytesField(3, utf8('brain.Event:2'))]))
}

/** One record with the scalars of a step. */
export function encodeScalars(wallTime: number, step: number, scalars: Readonly<Record<string, number>>): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    bytesField(1, concat([bytesField(1, utf8(tag)), field(2, FIXED32), float(value)])),
  )
  return frame(
    concat([field(1, FIXED64), double(wallTime), field(2, VARINT), varint(step), bytesField(5, concat(values))]),
  )
}

/** CRC-32C (Castagnoli), as TFRecord masks it. */
export function maskedCrc(data: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of data) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  crc = (crc ^ 0xffffffff) >>> 0
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2
const FIXED32 = 5

// The polynomial of CRC-32C, reversed.
const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

function frame(data: Uint8Array): Uint8Array {
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(data.length), true)
  return concat([length, uint32(maskedCrc(length)), data, uint32(maskedCrc(data))])
}

function field(number: number, wireType: number): Uint8Array {
  return Uint8Array.of((number << 3) | wireType)
}

function bytesField(number: number, data: Uint8Array): Uint8Array {
  return concat([field(number, LENGTH_DELIMITED), varint(data.length), data])
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

function double(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value, true)
  return bytes
}

function float(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  return bytes
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
