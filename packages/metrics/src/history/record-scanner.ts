import { isStep, metricValue, parseJson, readShownMetrics } from '@hotcb/protocol'
import { DecimalReader } from './decimal.ts'

/**
 * Reads lines from metric files into numbers without allocating an object or a string for each line.
 *
 * The usual shape (`step`, `epoch`, `wall_time`, `metrics` of plain numbers and nulls) is read directly from the bytes.
 * Any other line is parsed by `parseJson`, with the same result. A scanner belongs to one file, because it remembers
 * the names and their order.
 */
export class RecordScanner {
  /** Every name in order of appearance; its index is its ID. */
  readonly names: string[] = []
  /** The last record: its step, and its epoch and wall time, or NaN. */
  step = 0
  epoch: number = Number.NaN
  wallTime: number = Number.NaN
  /** The number of values in it. Their name IDs and values (NaN if not finite) are at the start of these arrays. */
  count = 0
  ids: Int32Array = new Int32Array(64)
  values: Float64Array = new Float64Array(64)
  /** Why the last line is not a record. */
  reason = ''

  readonly #decimal = new DecimalReader()
  readonly #decoder = new TextDecoder()
  readonly #ids = new Map<string, number>()
  // By ID: the bytes of the quoted name, the ID that last followed it, and the last line that contained it.
  readonly #tokens: Uint8Array[] = []
  #next: Int32Array = new Int32Array(64).fill(-1)
  #seen: Float64Array = new Float64Array(64)
  #first = -1
  #line = 0
  #at = 0

  /** Reads the line `bytes[start, end)`, whose `\n` is at `end`. Returns false if it is not a metric record. */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    this.#line++
    return this.#scanUsual(bytes, start, end) || this.#scanAny(this.#decoder.decode(bytes.subarray(start, end)))
  }

  /** Returns the ID of a name, if it has appeared. */
  find(name: string): number | undefined {
    return this.#ids.get(name)
  }

  /** Returns the ID of a name, and assigns one when the name first appears. */
  idOf(name: string): number {
    return this.#ids.get(name) ?? this.#admit(name, tokenOf(name))
  }

  #scanUsual(bytes: Uint8Array, start: number, end: number): boolean {
    this.wallTime = Number.NaN
    this.epoch = Number.NaN
    let at = skipSpace(bytes, start)
    if (bytes[at] !== OPEN) return false
    let found = 0
    do {
      at = skipSpace(bytes, at + 1)
      const key = keyAt(bytes, at)
      if (key === undefined || (found & key.bit) !== 0) return false
      found |= key.bit
      at = skipSpace(bytes, at + key.token.length)
      if (bytes[at] !== COLON) return false
      this.#at = skipSpace(bytes, at + 1)
      if (!(key.bit === METRICS ? this.#scanMetrics(bytes) : this.#scanHead(bytes, key.bit))) return false
      at = skipSpace(bytes, this.#at)
    } while (bytes[at] === COMMA)
    return bytes[at] === CLOSE && skipSpace(bytes, at + 1) === end && (found & NEEDED) === NEEDED
  }

  #scanHead(bytes: Uint8Array, bit: number): boolean {
    const value = this.#scanValue(bytes)
    if (this.#at < 0) return false
    if (bit === WALL_TIME) this.wallTime = value
    if (bit === EPOCH) this.epoch = value
    if (bit !== STEP) return true
    this.step = value
    return isStep(value)
  }

  #scanMetrics(bytes: Uint8Array): boolean {
    this.count = 0
    if (bytes[this.#at] !== OPEN) return false
    let at = skipSpace(bytes, this.#at + 1)
    if (bytes[at] === CLOSE) {
      this.#at = at + 1
      return true
    }
    let before = -1
    for (;;) {
      const id = this.#scanName(bytes, at, before)
      if (id < 0) return false
      at = skipSpace(bytes, this.#at)
      if (bytes[at] !== COLON) return false
      this.#at = skipSpace(bytes, at + 1)
      const value = this.#scanValue(bytes)
      if (this.#at < 0) return false
      this.#put(id, value)
      before = id
      at = skipSpace(bytes, this.#at)
      if (bytes[at] !== COMMA) break
      at = skipSpace(bytes, at + 1)
    }
    this.#at = at + 1
    return bytes[at] === CLOSE
  }

  /** Reads a number or null at the position. The position becomes -1 for anything else. */
  #scanValue(bytes: Uint8Array): number {
    const at = this.#at
    if (matches(bytes, at, NULL)) {
      this.#at = at + NULL.length
      return Number.NaN
    }
    const value = this.#decimal.read(bytes, at)
    this.#at = this.#decimal.end
    return Number.isFinite(value) ? value : Number.NaN
  }

  /** Returns the ID of the quoted name; -1 for a name that is escaped or repeated in this line. */
  #scanName(bytes: Uint8Array, at: number, before: number): number {
    let id = before < 0 ? this.#first : (this.#next[before] ?? -1)
    const token = this.#tokens[id]
    if (token !== undefined && token.length > 0 && matches(bytes, at, token)) {
      this.#at = at + token.length
    } else {
      id = this.#lookUp(bytes, at)
      if (id < 0) return -1
      if (before < 0) this.#first = id
      else this.#next[before] = id
    }
    if (this.#seen[id] === this.#line) return -1
    this.#seen[id] = this.#line
    return id
  }

  // The name is copied because the buffer is reused.
  #lookUp(bytes: Uint8Array, start: number): number {
    if (bytes[start] !== QUOTE) return -1
    let at = start + 1
    for (let byte = bytes[at] ?? 0; byte !== QUOTE; byte = bytes[++at] ?? 0) {
      if (byte < SPACE || byte === BACKSLASH) return -1
    }
    this.#at = at + 1
    const name = this.#decoder.decode(bytes.subarray(start + 1, at))
    return this.#ids.get(name) ?? this.#admit(name, new Uint8Array(bytes.subarray(start, at + 1)))
  }

  #admit(name: string, token: Uint8Array): number {
    const id = this.names.length
    this.names.push(name)
    this.#ids.set(name, id)
    this.#tokens.push(token)
    if (id === this.#next.length) {
      this.#next = grown(this.#next, new Int32Array(id * 2).fill(-1))
      this.#seen = grown(this.#seen, new Float64Array(id * 2))
    }
    return id
  }

  #put(id: number, value: number): void {
    const at = this.count++
    if (at === this.ids.length) {
      this.ids = grown(this.ids, new Int32Array(at * 2))
      this.values = grown(this.values, new Float64Array(at * 2))
    }
    this.ids[at] = id
    this.values[at] = value
  }

  #scanAny(text: string): boolean {
    this.count = 0
    const parsed = parseJson(text)
    const read = parsed.ok ? readShownMetrics(parsed.value) : parsed
    if (!read.ok) return this.#refuse(read.reason)
    const { step, epoch, wallTime, metrics } = read.value
    this.step = step
    this.epoch = epoch ?? Number.NaN
    this.wallTime = wallTime ?? Number.NaN
    for (const [name, given] of Object.entries(metrics)) {
      const value = metricValue(given)
      if (value !== undefined) this.#put(this.idOf(name), value ?? Number.NaN)
    }
    return true
  }

  #refuse(reason: string): false {
    this.reason = reason
    return false
  }
}

const ENCODER = new TextEncoder()

/** Returns the bytes of a quoted name; none if JSON would escape it, because such lines are not read from bytes. */
function tokenOf(name: string): Uint8Array {
  const token = `"${name}"`
  return ENCODER.encode(JSON.stringify(name) === token ? token : '')
}

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN = 0x7b
const CLOSE = 0x7d
const NULL: Uint8Array = ENCODER.encode('null')

const STEP = 1
const EPOCH = 2
const WALL_TIME = 4
const METRICS = 8
const NEEDED: number = STEP | METRICS
const KEYS: readonly { readonly token: Uint8Array; readonly bit: number }[] = [
  { token: ENCODER.encode('"step"'), bit: STEP },
  { token: ENCODER.encode('"epoch"'), bit: EPOCH },
  { token: ENCODER.encode('"wall_time"'), bit: WALL_TIME },
  { token: ENCODER.encode('"metrics"'), bit: METRICS },
]

function keyAt(bytes: Uint8Array, at: number): (typeof KEYS)[number] | undefined {
  return KEYS.find((key) => matches(bytes, at, key.token))
}

// JSON white space, except `\n`, which ends the line.
function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from
  for (let byte = bytes[at] ?? 0; byte === SPACE || byte === 0x09 || byte === 0x0d; byte = bytes[at] ?? 0) at++
  return at
}

function matches(bytes: Uint8Array, at: number, token: Uint8Array): boolean {
  for (let k = 0; k < token.length; k++) if (bytes[at + k] !== token[k]) return false
  return true
}

function grown<Numbers extends Int32Array | Float64Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from)
  return to
}
