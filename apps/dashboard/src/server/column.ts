import type { SeriesWindow, WindowRequest } from '../shared/wire.ts'
import { extremesOf } from './extremes.ts'

/** The points of one metric, in order of step; NaN stands for a value that was not finite. */
export class Column {
  readonly name: string
  #steps: Float64Array = new Float64Array(64)
  #values: Float64Array = new Float64Array(64)
  #length = 0
  #ghosts: { steps: number[]; values: (number | null)[] }[] = []

  constructor(name: string) {
    this.name = name
  }

  get length(): number {
    return this.#length
  }

  get lastStep(): number | null {
    return this.#length > 0 ? (this.#steps[this.#length - 1] ?? null) : null
  }

  get firstStep(): number | null {
    return this.#length > 0 ? (this.#steps[0] ?? null) : null
  }

  get last(): number | null {
    return this.#length > 0 ? finite(this.#values[this.#length - 1]) : null
  }

  /** Adds a point. A step that goes back turns what was there from it on into a ghost; the last line of a step wins. */
  push(step: number, value: number | null): void {
    const last = this.#length > 0 ? (this.#steps[this.#length - 1] ?? step) : Number.NEGATIVE_INFINITY
    if (step === last) this.#length--
    else if (step < last) this.#rewind(step)
    if (this.#length === this.#steps.length) this.#grow()
    this.#steps[this.#length] = step
    this.#values[this.#length] = value ?? Number.NaN
    this.#length++
  }

  /** The window, reduced to the first, least, greatest and last point of each pixel. */
  window({ from, to, pixels = 1000 }: WindowRequest): SeriesWindow {
    const start = from == null ? 0 : Math.max(0, this.#search(from) - 1)
    const end = to == null ? this.#length : Math.min(this.#length, this.#search(to + 1) + 1)
    const steps: number[] = []
    const values: (number | null)[] = []
    const count = Math.max(0, end - start)
    if (count <= pixels * 4) {
      for (let i = start; i < end; i++) this.#take(i, steps, values)
    } else {
      for (const i of this.#extremes(start, end, pixels)) this.#take(i, steps, values)
    }
    return { name: this.name, steps, values, count, ghosts: this.#ghosts.filter(within(from, to)) }
  }

  #take(i: number, steps: number[], values: (number | null)[]): void {
    steps.push(this.#steps[i] ?? 0)
    values.push(finite(this.#values[i]))
  }

  *#extremes(start: number, end: number, pixels: number): Generator<number> {
    const first = this.#steps[start] ?? 0
    const width = ((this.#steps[end - 1] ?? first) - first) / pixels || 1
    const pixelOf = (at: number): number => Math.floor(((this.#steps[at] ?? 0) - first) / width)
    for (let from = start; from < end; ) {
      const pixel = pixelOf(from)
      let to = from + 1
      while (to < end && pixelOf(to) === pixel) to++
      const extremes = extremesOf((at) => finite(this.#values[at]), from, to)
      yield* new Set([from, ...extremes, to - 1])
      from = to
    }
  }

  /** Index of the first point at or after `step`. */
  #search(step: number): number {
    let low = 0
    let high = this.#length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#steps[middle] ?? 0) < step) low = middle + 1
      else high = middle
    }
    return low
  }

  #rewind(step: number): void {
    const at = this.#search(step)
    const ghost = { steps: [] as number[], values: [] as (number | null)[] }
    const every = Math.max(1, Math.floor((this.#length - at) / GHOST_POINTS))
    for (let i = at; i < this.#length; i += every) this.#take(i, ghost.steps, ghost.values)
    if (ghost.steps.length > 1) this.#ghosts.push(ghost)
    if (this.#ghosts.length > GHOSTS) this.#ghosts.shift()
    this.#length = at
  }

  #grow(): void {
    const steps = new Float64Array(this.#steps.length * 2)
    const values = new Float64Array(this.#steps.length * 2)
    steps.set(this.#steps)
    values.set(this.#values)
    this.#steps = steps
    this.#values = values
  }
}

const GHOSTS = 8
const GHOST_POINTS = 500

function finite(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value
}

function within(from: number | null | undefined, to: number | null | undefined) {
  return ({ steps }: { readonly steps: readonly number[] }): boolean =>
    (to == null || (steps[0] ?? 0) <= to) && (from == null || (steps.at(-1) ?? 0) >= from)
}
