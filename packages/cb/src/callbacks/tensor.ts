/** The numbers of a tensor from any library. */
export interface TensorValues {
  readonly values: ArrayLike<number>
  readonly shape: readonly number[] | null
  readonly dtype: string | null
}

/** A summary of many numbers. NaN and infinities are counted but left out of the other statistics. */
export interface TensorSummary {
  readonly n: number
  readonly nan: number
  readonly inf: number
  readonly min: number
  readonly max: number
  readonly mean: number
  /** Population standard deviation. */
  readonly std: number
  readonly l2: number
}

/**
 * Reads the numbers of a number, an array (even a nested one), a typed array, or a tensor with `dataSync()` or
 * `item()`; undefined for anything else. Reading a tensor waits for the device.
 */
export function readTensor(value: unknown): TensorValues | undefined {
  if (typeof value === 'number') return { values: [value], shape: [], dtype: null }
  if (isNumbers(value)) return { values: value, shape: [value.length], dtype: value.constructor.name }
  if (Array.isArray(value)) {
    const flat: unknown[] = value.flat(Number.POSITIVE_INFINITY)
    return flat.every((one) => typeof one === 'number') ? { values: flat, shape: null, dtype: null } : undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const data = call(value, 'dataSync') ?? call(value, 'item')
  const numbers = typeof data === 'number' ? [data] : isNumbers(data) ? data : undefined
  if (numbers === undefined) return undefined
  const { shape, dtype } = value as { readonly shape?: unknown; readonly dtype?: unknown }
  return { values: numbers, shape: isShape(shape) ? shape : null, dtype: typeof dtype === 'string' ? dtype : null }
}

/** Summarizes many numbers. The moments are computed in one pass (Welford 1962). */
export function summarize(values: ArrayLike<number>): TensorSummary {
  let nan = 0
  let inf = 0
  let seen = 0
  let mean = 0
  let m2 = 0
  let squares = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN
    if (Number.isNaN(value)) nan++
    else if (!Number.isFinite(value)) inf++
    else {
      seen++
      const delta = value - mean
      mean += delta / seen
      m2 += delta * (value - mean)
      squares += value * value
      min = Math.min(min, value)
      max = Math.max(max, value)
    }
  }
  const counts = { n: values.length, nan, inf }
  if (seen === 0) return { ...counts, ...NOTHING }
  return { ...counts, min, max, mean, std: Math.sqrt(m2 / seen), l2: Math.sqrt(squares) }
}

const NOTHING = { min: Number.NaN, max: Number.NaN, mean: Number.NaN, std: Number.NaN, l2: 0 }

function call(value: object, method: string): unknown {
  const found: unknown = Reflect.get(value, method)
  return typeof found === 'function' ? found.call(value) : undefined
}

function isNumbers(value: unknown): value is Float32Array {
  return (
    ArrayBuffer.isView(value) &&
    'length' in value &&
    !(value instanceof BigInt64Array) &&
    !(value instanceof BigUint64Array)
  )
}

function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => typeof size === 'number')
}
