import { isDark } from '../theme.ts'

/**
 * The colour of a run, the same in the table and in every chart: it depends on the name of the run alone. Neighbouring names
 * get hues that are far apart.
 */
export function runColor(id: string): string {
  let hash = 2166136261
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619) >>> 0
  // FNV changes little in its high bits for the last characters: they are mixed once more.
  const mixed = Math.imul(hash ^ (hash >>> 15), 2246822519) >>> 0
  const hue = mixed % 360
  const depth = (mixed >>> 12) % 3
  return isDark.value
    ? `hsl(${hue} ${60 + depth * 10}% ${62 + depth * 6}%)`
    : `hsl(${hue} ${58 + depth * 12}% ${34 + depth * 6}%)`
}
