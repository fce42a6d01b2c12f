import { maskedCrc32c } from './crc32c.ts'

/** One event in a TensorBoard file: scalars at a step. */
export interface ScalarEvent {
  /** A whole number; other numbers are rounded. */
  readonly step: number
  /** Epoch seconds. */
  readonly wallTime: number
  /** Values by tag, stored as 32-bit floats, including NaN and infinities. */
  readonly scalars: Iterable<readonly [tag: string, value: number]>
}

/** Returns the first record of every TensorBoard event file. */
export function eventFileHeader(wallTime: number): Uint8Array {
  const message = new MessageWriter()
  message.double(1, wallTime)
  message.bytes(3, ENCODER.encode('brain.Event:2'))
  return frame(message.finish())
}

/**
 * Returns the bytes of an event, for appending to an event file: a TFRecord with a `tensorflow.Event` message.
 *
 * @see https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
 */
export function encodeScalarEvent(event: ScalarEvent): Uint8Array {
  const summary = new MessageWriter()
  for (const [tag, value] of event.scalars) {
    const scalar = new MessageWriter()
    scalar.bytes(1, ENCODER.encode(tag))
    scalar.float(2, value)
    summary.bytes(1, scalar.finish())
  }
  const message = new MessageWriter()
  message.double(1, event.wallTime)
  message.int64(2, wholeStep(event.step))
  message.bytes(5, summary.finish())
  return frame(message.finish())
}

/**
 * Returns the bytes of a session start. The run continues at `step`, and readers drop existing points at this step and later steps. It
 * must precede the first scalars.
 */
export function encodeSessionStart(wallTime: number, step: number): Uint8Array {
  const session = new MessageWriter()
  session.int64(1, SESSION_START)
  const message = new MessageWriter()
  message.double(1, wallTime)
  message.int64(2, wholeStep(step))
  message.bytes(7, session.finish())
  return frame(message.finish())
}

const SESSION_START = 1n
const ENCODER = new TextEncoder()
const LARGEST_STEP = 2n ** 63n - 1n

/** Returns the nearest step that fits into 64 bits. */
function wholeStep(step: number): bigint {
  if (Math.abs(step) < 2 ** 63) return BigInt(Math.round(step))
  return step > 0 ? LARGEST_STEP : -LARGEST_STEP
}

/** Puts a message into a frame: length, checksum of the length, message, checksum of the message. */
function frame(message: Uint8Array): Uint8Array {
  const record = new Uint8Array(message.length + 16)
  const view = new DataView(record.buffer)
  view.setBigUint64(0, BigInt(message.length), true)
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true)
  record.set(message, 12)
  view.setUint32(12 + message.length, maskedCrc32c(message), true)
  return record
}

/** The part of protocol buffers that events need. */
class MessageWriter {
  #bytes = new Uint8Array(64)
  #length = 0

  double(field: number, value: number): void {
    this.#varint(BigInt(field * 8 + 1))
    const at = this.#reserve(8)
    new DataView(this.#bytes.buffer).setFloat64(at, value, true)
  }

  float(field: number, value: number): void {
    this.#varint(BigInt(field * 8 + 5))
    const at = this.#reserve(4)
    new DataView(this.#bytes.buffer).setFloat32(at, value, true)
  }

  int64(field: number, value: bigint): void {
    this.#varint(BigInt(field * 8))
    this.#varint(BigInt.asUintN(64, value))
  }

  bytes(field: number, value: Uint8Array): void {
    this.#varint(BigInt(field * 8 + 2))
    this.#varint(BigInt(value.length))
    const at = this.#reserve(value.length)
    this.#bytes.set(value, at)
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #varint(value: bigint): void {
    let rest = value
    for (; rest > 0x7fn; rest >>= 7n) this.#byte(Number(rest & 0x7fn) | 0x80)
    this.#byte(Number(rest))
  }

  #byte(value: number): void {
    // This call comes first, because it may replace `#bytes`.
    const at = this.#reserve(1)
    this.#bytes[at] = value
  }

  #reserve(count: number): number {
    const at = this.#length
    this.#length += count
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    return at
  }
}
