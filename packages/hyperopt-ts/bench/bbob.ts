import { type Dimension, float } from '../src/dimension.ts'
import { createRandom, type Random } from '../src/random.ts'
import { normalQuantile } from '../src/special.ts'
import type { Problem } from './problems.ts'

/** Six functions of the BBOB suite (Hansen et al. 2009, RR-6829), shifted and rotated, with 0 as the best value. */
export const BBOB: readonly Problem[] = [5, 20].flatMap((dimensions) => [
  problem('ellipsoid', dimensions, 'f10, rotated: axes a million apart', (x, { shift, rotation }) => {
    const z = oscillated(times(rotation, minus(x, shift)))
    return sum(z.map((v, i) => 10 ** (6 * share(i, z.length)) * v * v))
  }),
  problem('rosenbrock', dimensions, 'f9, rotated: a curved valley', (x, { rotation }) => {
    const scale = Math.max(1, Math.sqrt(x.length) / 8)
    const z = times(rotation, x).map((v) => scale * v + 0.5)
    return sum(z.slice(1).map((v, i) => 100 * ((z[i] ?? 0) ** 2 - v) ** 2 + ((z[i] ?? 0) - 1) ** 2))
  }),
  problem('powers', dimensions, 'f14: sensitive in some directions near the optimum', (x, { shift, rotation }) => {
    const z = times(rotation, minus(x, shift))
    return Math.sqrt(sum(z.map((v, i) => Math.abs(v) ** (2 + 4 * share(i, z.length)))))
  }),
  problem('rastrigin', dimensions, 'f15: ten basins a dimension', (x, { shift, rotation, turn }) => {
    const bent = asymmetric(oscillated(times(rotation, minus(x, shift))), 0.2)
    const z = times(rotation, conditioned(times(turn, bent), 10))
    return 10 * (z.length - sum(z.map((v) => Math.cos(2 * Math.PI * v)))) + sum(z.map((v) => v * v))
  }),
  problem('schaffers', dimensions, 'f17: ripples that grow', (x, { shift, rotation, turn }) => {
    const z = conditioned(times(turn, asymmetric(times(rotation, minus(x, shift)), 0.5)), 10)
    const s = z.slice(1).map((v, i) => Math.sqrt((z[i] ?? 0) ** 2 + v * v))
    return (sum(s.map((v) => Math.sqrt(v) * (1 + Math.sin(50 * v ** 0.2) ** 2))) / s.length) ** 2 + 10 * penalty(x)
  }),
  problem('sector', dimensions, 'f6: a ridge beside the optimum', (x, { shift, rotation, turn }) => {
    const z = times(turn, conditioned(times(rotation, minus(x, shift)), 10))
    const total = sum(z.map((v, i) => (v * (shift[i] ?? 0) > 0 ? 100 * v : v) ** 2))
    return (oscillated([total])[0] ?? 0) ** 0.9
  }),
])

interface Instance {
  readonly shift: readonly number[]
  readonly rotation: readonly (readonly number[])[]
  readonly turn: readonly (readonly number[])[]
}

function problem(
  name: string,
  dimensions: number,
  about: string,
  value: (x: readonly number[], instance: Instance) => number,
): Problem {
  const random = createRandom(dimensions, name.length, name.charCodeAt(0))
  const instance: Instance = {
    shift: Array.from({ length: dimensions }, () => 8 * random() - 4),
    rotation: rotationOf(dimensions, random),
    turn: rotationOf(dimensions, random),
  }
  const names = Array.from({ length: dimensions }, (_, i) => `x${i}`)
  const space: Record<string, Dimension> = Object.fromEntries(names.map((axis) => [axis, float(-5, 5)]))
  return {
    name: `${name}${dimensions}`,
    about,
    space,
    budget: 200,
    value: (params) =>
      value(
        names.map((axis) => params[axis]),
        instance,
      ),
  }
}

/** A random orthogonal matrix: normal rows made orthogonal by Gram and Schmidt's method. */
function rotationOf(size: number, random: Random): number[][] {
  const rows: number[][] = []
  for (let i = 0; i < size; i++) {
    const row = Array.from({ length: size }, () => normalQuantile(Math.max(random(), 1e-12)))
    for (const other of rows) {
      const along = sum(row.map((v, k) => v * (other[k] ?? 0)))
      for (let k = 0; k < size; k++) row[k] = (row[k] ?? 0) - along * (other[k] ?? 0)
    }
    const norm = Math.sqrt(sum(row.map((v) => v * v)))
    rows.push(row.map((v) => v / norm))
  }
  return rows
}

function oscillated(x: readonly number[]): number[] {
  return x.map((v) => {
    if (v === 0) return 0
    const log = Math.log(Math.abs(v))
    const [a, b] = v > 0 ? [10, 7.9] : [5.5, 3.1]
    return Math.sign(v) * Math.exp(log + 0.049 * (Math.sin(a * log) + Math.sin(b * log)))
  })
}

function asymmetric(x: readonly number[], beta: number): number[] {
  return x.map((v, i) => (v > 0 ? v ** (1 + beta * share(i, x.length) * Math.sqrt(v)) : v))
}

function conditioned(x: readonly number[], alpha: number): number[] {
  return x.map((v, i) => v * alpha ** (0.5 * share(i, x.length)))
}

function penalty(x: readonly number[]): number {
  return sum(x.map((v) => Math.max(0, Math.abs(v) - 5) ** 2))
}

function times(matrix: readonly (readonly number[])[], x: readonly number[]): number[] {
  return matrix.map((row) => sum(row.map((v, k) => v * (x[k] ?? 0))))
}

function minus(a: readonly number[], b: readonly number[]): number[] {
  return a.map((v, i) => v - (b[i] ?? 0))
}

function share(i: number, count: number): number {
  return count > 1 ? i / (count - 1) : 0
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}
