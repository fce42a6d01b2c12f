import { isDark } from '../theme.ts'
import type { SweepData } from './sweep-data.ts'

/** How many colours a picture has: lines of one colour are painted in one stroke. */
export const COLORS = 8
/** Of a trial without a value. */
const NO_VALUE: number = COLORS

// From the best to the worst: dark to pale on white, bright to dim on black. Distinct without colour vision, too.
const LIGHT = ['#1b3fa0', '#2560bd', '#2a82b8', '#2fa193', '#63b667', '#a5c044', '#d9b534', '#e09a52']
const DARK = ['#a9c4ff', '#7fb0ff', '#5ea6e6', '#45a5ae', '#4e9a72', '#7f8b4c', '#937337', '#a3673f']

/** The colour with a number, and that of trials without a value last. */
export function colorOf(color: number): string {
  const colors = isDark.value ? DARK : LIGHT
  return colors[color] ?? (isDark.value ? '#4b5563' : '#b4bac5')
}

/** The number of the colour of each trial: by its rank among all, so that one extreme value does not wash out the rest. */
export function rankColors({ value }: SweepData, direction: 'min' | 'max'): Uint8Array {
  const colors = new Uint8Array(value.length).fill(NO_VALUE)
  const sign = direction === 'max' ? -1 : 1
  const places = Int32Array.from(value, (_, place) => place).filter((place) => value[place] !== null)
  places.sort((a, b) => sign * ((value[a] ?? 0) - (value[b] ?? 0)))
  for (const [rank, place] of places.entries()) colors[place] = Math.floor((rank * COLORS) / places.length)
  return colors
}
