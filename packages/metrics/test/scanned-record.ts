import { isObject, parseJson } from '@hotcb/protocol'
import type { RecordScanner } from '../src/history/record-scanner.ts'

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** The contents of a line, from either reader. */
export interface PlainRecord {
  readonly step: number
  readonly epoch: number
  readonly wallTime: number
  readonly metrics: ReadonlyMap<string, number>
}

/** The record that a scanner has just read. */
export function recordOf(scanner: RecordScanner): PlainRecord {
  const metrics = new Map<string, number>()
  for (let at = 0; at < scanner.count; at++) {
    metrics.set(scanner.names[scanner.ids[at] ?? -1] ?? '?', scanner.values[at] ?? Number.NaN)
  }
  return { step: scanner.step, epoch: scanner.epoch, wallTime: scanner.wallTime, metrics }
}

/** The record that `parseJson` finds in a line; undefined if the line is not a record. */
export function expectedRecord(text: string): PlainRecord | undefined {
  const parsed = parseJson(text)
  if (!parsed.ok || !isObject(parsed.value)) return undefined
  const { step, epoch, wall_time: wallTime, metrics } = parsed.value
  if (typeof step !== 'number' || Math.abs(step) > Number.MAX_SAFE_INTEGER || !isObject(metrics)) return undefined
  const numbers = Object.entries(metrics).filter(
    ([, value]) => value === null || typeof value === 'number' || typeof value === 'boolean',
  )
  return {
    step,
    epoch: typeof epoch === 'number' && Number.isFinite(epoch) ? epoch : Number.NaN,
    wallTime: typeof wallTime === 'number' && Number.isFinite(wallTime) ? wallTime : Number.NaN,
    metrics: new Map(
      numbers.map(([name, value]) => [
        name,
        value !== null && Number.isFinite(Number(value)) ? Number(value) : Number.NaN,
      ]),
    ),
  }
}
