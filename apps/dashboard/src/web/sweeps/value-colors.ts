import { isDark } from '../theme.ts'
import type { SweepData } from './sweep-data.ts'

/** The number of colours in a plot. Lines of the same colour are painted in one stroke. */
export const COLORS = 8
/** The colour number of a trial without a value. */
const NO_VALUE: number = COLORS

// From best to worst: dark to pale on white, bright to dim on black. People with colour blindness can distinguish them too.
const LIGHT = ['#1b3fa0', '#2560bd', '#2a82b8', '#2fa193', '#63b667', '#a5c044', '#d9b534', '#e09a52']
const DARK = ['#a9c4ff', '#7fb0ff', '#5ea6e6', '#45a5ae', '#4e9a72', '#7f8b4c', '#937337', '#a3673f']

/** Returns the colour for a number. The last one is for trials without a value. */
export function colorOf(color: number): string {
  const colors = isDark.value ? DARK : LIGHT
  return colors[color] ?? (isDark.value ? '#4b5563' : '#b4bac5')
}

/**
 * Returns each trial's colour number according to its rank among all trials, so that one extreme value does not make the others
 * look alike.
 */
export function rankColors({ value }: SweepData, direction: 'min' | 'max'): Uint8Array {
  const colors = new Uint8Array(value.length).fill(NO_VALUE)
  const sign = direction === 'max' ? -1 : 1
  const places = Int32Array.from(value, (_, place) => place).filter((place) => value[place] !== null)
  places.sort((a, b) => sign * ((value[a] ?? 0) - (value[b] ?? 0)))
  for (const [rank, place] of places.entries()) colors[place] = Math.floor((rank * COLORS) / places.length)
  return colors
}
