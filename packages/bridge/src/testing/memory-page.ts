import { metricsRecord, PAGE, recordBytes, skipRecord, textRecord } from '../ring.ts'

/** A page in memory that can be used from both sides. */
export interface MemoryPage {
  readonly bytes: Uint8Array
  /** Whether the sidecar requests a contact. */
  isRaised(): boolean
  raise(): void
  lower(): void
  head(): number
  drained(): number
  setDrained(bytes: number): void
  read(offset: number, length: number): Uint8Array
  /** Called on the trainer's side: adds a metrics record, preceded by the names if they are new. */
  putMetrics(record: PutMetrics): void
  /** The metric names of each shape. */
  readonly shapes: readonly (readonly string[])[]
}

export interface PutMetrics {
  readonly step: number
  readonly epoch: number | null
  /** Epoch seconds. */
  readonly wallTime: number
  readonly metrics: Readonly<Record<string, number>>
}

export function createMemoryPage(): MemoryPage {
  const bytes = new Uint8Array(PAGE.bytes)
  const view = new DataView(bytes.buffer)
  const shapes: (readonly string[])[] = []
  const word = (at: number): number => Number(view.getBigInt64(at, true))
  const setWord = (at: number, value: number): void => view.setBigInt64(at, BigInt(value), true)

  function put(record: Uint8Array): void {
    let head = word(PAGE.head)
    const left = PAGE.ringBytes - (head % PAGE.ringBytes)
    if (record.length > left) {
      bytes.set(skipRecord(left), PAGE.ring + (head % PAGE.ringBytes))
      head += left
    }
    if (head + record.length - word(PAGE.drained) > PAGE.ringBytes) throw new RangeError('the ring is full')
    bytes.set(record, PAGE.ring + (head % PAGE.ringBytes))
    setWord(PAGE.head, head + record.length)
  }

  return {
    bytes,
    shapes,
    isRaised: () => bytes[PAGE.flag] === 1,
    raise: () => void bytes.set([1], PAGE.flag),
    lower: () => void bytes.set([0], PAGE.flag),
    head: () => word(PAGE.head),
    drained: () => word(PAGE.drained),
    setDrained: (count) => setWord(PAGE.drained, count),
    read: (offset, length) => bytes.slice(PAGE.ring + offset, PAGE.ring + offset + length),
    putMetrics({ step, epoch, wallTime, metrics }) {
      const names = Object.keys(metrics)
      const isSame = (shape: readonly string[]): boolean =>
        shape.length === names.length && shape.every((name, i) => name === names[i])
      let shape = shapes.findIndex(isSame)
      if (shape < 0) {
        shape = shapes.push(names) - 1
        put(textRecord('names', shape, names))
      }
      const values = Object.values(metrics)
      if (recordBytes(values.length * 8) > PAGE.ringBytes) throw new RangeError('too many metrics')
      put(metricsRecord(shape, { step, epoch, wallTime, values }))
    },
  }
}
