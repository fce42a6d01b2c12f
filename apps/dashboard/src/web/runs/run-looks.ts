/** The number of colours for runs. */
export const COLORS = 12

/** The line styles of runs, as lengths of dash and gap in pixels. After the last colour, the same colours are used again, dashed. */
export const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [9, 3, 2, 3]]

const LOOKS = COLORS * DASHES.length

/**
 * Assigns a look to each run. A look is a number below {@link COLORS} times the count of {@link DASHES}: the index of the line style
 * times {@link COLORS}, plus the index of the colour. A run gets its wanted look, or the next free one if an earlier run has that look.
 * No two of up to {@link COLORS} runs share a colour, and no two of four times as many share a look.
 *
 * @param ids Runs that are shown together, in the order in which they were selected.
 * @param wanted Returns the look that a run had before. Default: the look derived from its name.
 */
export function assignLooks(
  ids: readonly string[],
  wanted: (id: string) => number | undefined = () => undefined,
): ReadonlyMap<string, number> {
  const looks = new Map<string, number>()
  const taken = new Set<number>()
  const needsDashes = ids.length > COLORS
  for (const id of ids) {
    const wish = wanted(id) ?? plainLook(id)
    const look = firstFree(needsDashes ? wish : wish % COLORS, taken)
    looks.set(id, look)
    taken.add(look)
  }
  return looks
}

/**
 * Returns a run's default look, based on its name. Names that differ only in the number at their end, as in a sweep, get different
 * looks.
 */
export function plainLook(id: string): number {
  const number = /\d{1,9}$/.exec(id)?.[0] ?? ''
  return (hashOf(id.slice(0, id.length - number.length)) + Number(number)) % COLORS
}

/** Parses the looks in a link, such as `3,0,17`, in the order of its runs. Invalid looks are left out. */
export function readLooks(text: string, ids: readonly string[]): ReadonlyMap<string, number> {
  const numbers = text.split(',')
  return new Map(
    ids.flatMap((id, i) => {
      const part = numbers[i] ?? ''
      return /^\d{1,3}$/.test(part) && Number(part) < LOOKS ? [[id, Number(part)] as const] : []
    }),
  )
}

/** The inverse of {@link readLooks}; returns null if the runs have their default looks. */
export function formatLooks(ids: readonly string[], looks: ReadonlyMap<string, number>): string | null {
  const plain = assignLooks(ids)
  if (ids.every((id) => looks.get(id) === plain.get(id))) return null
  return ids.map((id) => looks.get(id) ?? '').join(',')
}

function firstFree(wish: number, taken: ReadonlySet<number>): number {
  if (!taken.has(wish)) return wish
  for (let i = 0; i < LOOKS; i++) {
    const look = Math.floor(i / COLORS) * COLORS + ((wish + i) % COLORS)
    if (!taken.has(look)) return look
  }
  return wish
}

/** FNV-1a with an additional mixing step, because the last characters hardly change its high bits. */
function hashOf(text: string): number {
  let hash = 2166136261
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619) >>> 0
  return Math.imul(hash ^ (hash >>> 15), 2246822519) >>> 0
}
