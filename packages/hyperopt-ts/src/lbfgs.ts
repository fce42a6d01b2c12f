/** A function to minimize. It returns the value at `x` and writes the gradient. */
export type Differentiable = (x: Float64Array, gradient: Float64Array) => number

/** Bounds and limits of {@link minimizeSmooth}. */
export interface SmoothOptions {
  readonly low: ArrayLike<number>
  readonly high: ArrayLike<number>
  readonly iterations: number
}

const MEMORY = 8

/**
 * Finds a local minimum within bounds by L-BFGS (Nocedal 1980) with steps projected onto the bounds and backtracking.
 *
 * @returns the best point found and its value.
 */
export function minimizeSmooth(
  f: Differentiable,
  start: Float64Array,
  options: SmoothOptions,
): { x: Float64Array; value: number } {
  const size = start.length
  let x = clamped(start, options)
  let gradient: Float64Array = new Float64Array(size)
  let value = f(x, gradient)
  const steps: Pair[] = []
  for (let iteration = 0; iteration < options.iterations && Number.isFinite(value); iteration++) {
    const free = freeAxes(x, gradient, options)
    const direction = descent(gradient, steps, free)
    const slope = dot(direction, gradient)
    if (!(slope < -1e-14)) break
    const next = backtrack(f, x, value, direction, slope, options, steps.length === 0)
    if (next === undefined) {
      if (steps.length === 0) break
      // The curvature estimate is misleading here: restart with the gradient.
      steps.length = 0
      continue
    }
    const s = next.x.map((one, i) => one - (x[i] as number))
    const y = next.gradient.map((one, i) => one - (gradient[i] as number))
    const curvature = dot(s, y)
    if (curvature > 1e-12 * dot(y, y)) steps.push({ s, y, curvature })
    if (steps.length > MEMORY) steps.shift()
    const gained = value - next.value
    x = next.x
    value = next.value
    gradient = next.gradient
    if (gained < 1e-9 * (1 + Math.abs(value))) break
  }
  return { x, value }
}

interface Pair {
  readonly s: Float64Array
  readonly y: Float64Array
  readonly curvature: number
}

/** Returns the axes along which the point can move: those that are not at a bound that the step would cross. */
function freeAxes(x: Float64Array, gradient: Float64Array, { low, high }: SmoothOptions): Uint8Array {
  return Uint8Array.from(x, (one, i) => {
    const g = gradient[i] as number
    return (one <= (low[i] as number) && g > 0) || (one >= (high[i] as number) && g < 0) ? 0 : 1
  })
}

/** The two-loop recursion. */
function descent(gradient: Float64Array, steps: readonly Pair[], free: Uint8Array): Float64Array {
  const q = gradient.map((one, i) => (free[i] === 1 ? one : 0))
  const alphas: number[] = []
  for (const { s, y, curvature } of [...steps].reverse()) {
    const alpha = dot(s, q) / curvature
    alphas.push(alpha)
    for (let i = 0; i < q.length; i++) q[i] = (q[i] as number) - alpha * (y[i] as number)
  }
  const last = steps.at(-1)
  const scale = last === undefined ? 1 : last.curvature / dot(last.y, last.y)
  for (let i = 0; i < q.length; i++) q[i] = (q[i] as number) * scale
  for (const { s, y, curvature } of steps) {
    const alpha = alphas.pop() ?? 0
    const beta = dot(y, q) / curvature
    for (let i = 0; i < q.length; i++) q[i] = (q[i] as number) + (alpha - beta) * (s[i] as number)
  }
  return q.map((one, i) => (free[i] === 1 ? -one : 0))
}

function backtrack(
  f: Differentiable,
  x: Float64Array,
  value: number,
  direction: Float64Array,
  slope: number,
  options: SmoothOptions,
  first: boolean,
): { x: Float64Array; value: number; gradient: Float64Array } | undefined {
  const length = Math.sqrt(dot(direction, direction))
  // Without curvature, the length of the gradient does not determine the step size.
  let step = first ? Math.min(1, 0.5 / length) : 1
  for (let attempt = 0; attempt < 12; attempt++) {
    const next = clamped(
      x.map((one, i) => one + step * (direction[i] as number)),
      options,
    )
    const gradient = new Float64Array(x.length)
    const found = f(next, gradient)
    if (found <= value + 1e-4 * step * slope && Number.isFinite(found)) return { x: next, value: found, gradient }
    step *= 0.4
  }
  return undefined
}

function clamped(x: Float64Array, { low, high }: SmoothOptions): Float64Array {
  return x.map((one, i) => Math.min(high[i] as number, Math.max(low[i] as number, one)))
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}
