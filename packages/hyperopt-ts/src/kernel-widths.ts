import type { Bandwidth } from './bandwidth.ts'
import { createLine, kernelNorm, type Line } from './kernel.ts'
import type { TrialTable } from './trial-table.ts'

/** An ordered axis of a table, with the kernels of the trials on it, by slot. `d` is its index. */
export interface KernelAxis {
  readonly d: number
  readonly line: Line
  readonly range: number
  /** The coordinates. */
  column: Float64Array
  /** The widths that the bandwidth rule has returned. */
  asked: Float64Array
  /** 1 / (sqrt(2) sigma): the square of a scaled distance is subtracted from the logarithm of the density. */
  inverse: Float64Array
  /** The norms, which are also subtracted from it, see {@link kernelNorm}. */
  norms: Float64Array
}

/** The input of {@link KernelWidths}. */
export interface WidthOptions {
  readonly table: TrialTable
  /** The axes with more than one value, by index. */
  readonly telling: readonly number[]
  readonly bandwidth: Bandwidth
  /** The number of axes that are modelled together. */
  readonly dimensions: number
}

/**
 * The widths of the trials' kernels on the ordered axes of a table.
 *
 * Values that depend on a width are kept from one fit to the next and recomputed only if the width has changed.
 */
export class KernelWidths {
  readonly axes: readonly KernelAxis[]
  /** By slot, the sum of its `norms`. */
  sums: Float64Array = new Float64Array(0)
  readonly #options: WidthOptions
  #slots = new Int32Array(0)
  #values = new Float64Array(0)
  #sigmas = new Float64Array(0)

  constructor(options: WidthOptions) {
    const { table, telling } = options
    const empty = new Float64Array(0)
    this.#options = options
    this.axes = telling.flatMap((d) => {
      const axis = table.axes[d]
      if (axis === undefined || axis.nominal) return []
      const range = axis.unbounded ? 4 : 1
      return [{ d, line: createLine(axis), range, column: empty, asked: empty, inverse: empty, norms: empty }]
    })
  }

  /** Sets the widths for the `count` slots that `isMember` marks with 1. */
  fit(count: number, isMember: Uint8Array): void {
    this.#reserve(this.#options.table.size)
    for (const axis of this.axes) this.#widen(axis, count, isMember)
  }

  #widen(axis: KernelAxis, count: number, isMember: Uint8Array): void {
    const { table, bandwidth, dimensions } = this.#options
    const order = table.sorted[axis.d] as Int32Array // Indexes are below the lengths, here and below.
    const column = table.columns[axis.d] as Float64Array
    axis.column = column
    const slots = this.#slots
    const values = this.#values.subarray(0, count)
    const sigmas = this.#sigmas.subarray(0, count)
    for (let i = 0, filled = 0; filled < count && i < table.size; i++) {
      const slot = order[i] as number
      if (isMember[slot] !== 1) continue
      slots[filled] = slot
      values[filled++] = column[slot] as number
    }
    bandwidth(values, sigmas, { range: axis.range, dimensions })
    const { asked } = axis
    for (let i = 0; i < count; i++) {
      const slot = slots[i] as number
      if (asked[slot] !== sigmas[i]) this.#set(axis, slot, values[i] as number, sigmas[i] as number)
    }
  }

  #set(axis: KernelAxis, slot: number, mean: number, asked: number): void {
    const { line, inverse, norms } = axis
    const sigma = Math.max(asked, line.leastSigma(mean))
    axis.asked[slot] = asked
    inverse[slot] = Math.SQRT1_2 / sigma
    norms[slot] = kernelNorm(line, mean, sigma)
    let sum = 0
    for (const { norms: all } of this.axes) sum += all[slot] as number
    this.sums[slot] = sum
  }

  #reserve(size: number): void {
    if (this.sums.length >= size) return
    const length = 2 * size
    this.sums = longer(this.sums, length)
    for (const axis of this.axes) {
      axis.asked = longer(axis.asked, length)
      axis.inverse = longer(axis.inverse, length)
      axis.norms = longer(axis.norms, length)
    }
    this.#slots = new Int32Array(length)
    this.#values = new Float64Array(length)
    this.#sigmas = new Float64Array(length)
  }
}

/** Returns a copy of an array, extended with zeros. */
export function longer(array: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(length)
  copy.set(array)
  return copy
}
