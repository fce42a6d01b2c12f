import type { Cell } from '../../shared/sweeps/sweep-wire.ts'

/** A value of a parameter as a cell of a table: lists and the like as text. */
export function cellOf(value: unknown): Cell {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'string' || typeof value === 'boolean' || value === null || value === undefined)
    return value ?? null
  return JSON.stringify(value)
}

/** The same with five digits: ten thousand trials must not need a megabyte. */
export function shortCell(value: unknown): Cell {
  const cell = cellOf(value)
  return typeof cell === 'number' ? shortNumber(cell, 5) : cell
}

/** A finite number with few digits; null for any other. */
export function shortNumber(value: number | null | undefined, digits = 6): number | null {
  if (value === null || value === undefined || !Number.isFinite(value)) return null
  return Number.isInteger(value) ? value : Number(value.toPrecision(digits))
}

/** The fields of an object as cells. */
export function cellsOf(values: Readonly<Record<string, unknown>>): Record<string, Cell> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, cellOf(value)]))
}
