import type { Cell } from '../../shared/sweeps/sweep-wire.ts'

/** Converts the value of a parameter to a table cell. Lists and objects become text. */
export function cellOf(value: unknown): Cell {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'string' || typeof value === 'boolean' || value === null || value === undefined)
    return value ?? null
  return JSON.stringify(value)
}

/**
 * Converts the value of a parameter to a table cell, rounded to five digits, so that ten thousand trials do not take a megabyte.
 */
export function shortCell(value: unknown): Cell {
  const cell = cellOf(value)
  return typeof cell === 'number' ? shortNumber(cell, 5) : cell
}

/** Rounds a finite number to a few digits; returns null for any other value. */
export function shortNumber(value: number | null | undefined, digits = 6): number | null {
  if (value === null || value === undefined || !Number.isFinite(value)) return null
  return Number.isInteger(value) ? value : Number(value.toPrecision(digits))
}

/** Converts an object's fields to cells. */
export function cellsOf(values: Readonly<Record<string, unknown>>): Record<string, Cell> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, cellOf(value)]))
}
