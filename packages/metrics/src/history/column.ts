/** A growing list of numbers in a typed array that doubles in size when it is full. */
export interface Column<Numbers extends Float64Array | Uint32Array> {
  data: Numbers
  length: number
}

/** Creates a column of doubles. */
export function doubleColumn(capacity = 64): Column<Float64Array> {
  return { data: new Float64Array(capacity), length: 0 }
}

/** Creates a column of whole numbers below 2^32. */
export function indexColumn(capacity = 64): Column<Uint32Array> {
  return { data: new Uint32Array(capacity), length: 0 }
}

/** Appends one number. */
export function push(column: Column<Float64Array> | Column<Uint32Array>, value: number): void {
  if (column.length === column.data.length) reserve(column, column.length + 1)
  column.data[column.length++] = value
}

/** Appends several numbers. */
export function pushAll(column: Column<Float64Array>, values: Float64Array): void {
  reserve(column, column.length + values.length)
  column.data.set(values, column.length)
  column.length += values.length
}

/** Returns a view of the numbers, without copying them. */
export function contents(column: Column<Float64Array>): Float64Array {
  return column.data.subarray(0, column.length)
}

/** Sets the length. New numbers are undefined. */
export function ensureLength(column: Column<Float64Array>, length: number): void {
  reserve(column, length)
  column.length = length
}

function reserve(column: Column<Float64Array> | Column<Uint32Array>, capacity: number): void {
  if (capacity <= column.data.length) return
  const size = Math.max(capacity, column.data.length * 2, 8)
  const from = column.data
  const to = from instanceof Uint32Array ? new Uint32Array(size) : new Float64Array(size)
  to.set(from)
  column.data = to
}
