/** How many colours runs have. */
export const COLORS = 12

/** The styles of the lines of runs, in pixels of line and gap: after the last colour come the same colours, dashed. */
export const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [9, 3, 2, 3]]

const LOOKS = COLORS * DASHES.length

/**
 * Assigns each run its own appearance, as a number below {@link COLORS} times the count of {@link DASHES}: its colour, plus the
 * count of colours for each style. A run gets the look that it wants; if an earlier run has it, the next free one. No two of
 * up to {@link COLORS} runs share a colour, and no two of four times as many share a look.
 *
 * @param ids Runs that are shown together, in the order of choosing.
 * @param wanted The look that a run had before. Default: that of its name.
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

/** The look that the name of a run stands for. Names that differ in the number at their end, as in a sweep, get different ones. */
export function plainLook(id: string): number {
  const number = /\d{1,9}$/.exec(id)?.[0] ?? ''
  return (hashOf(id.slice(0, id.length - number.length)) + Number(number)) % COLORS
}

/** Reads looks of a link, such as `3,0,17`, in the order of its runs. What is not a look is left out. */
export function readLooks(text: string, ids: readonly string[]): ReadonlyMap<string, number> {
  const numbers = text.split(',')
  return new Map(
    ids.flatMap((id, i) => {
      const part = numbers[i] ?? ''
      return /^\d{1,3}$/.test(part) && Number(part) < LOOKS ? [[id, Number(part)] as const] : []
    }),
  )
}

/** The inverse of {@link readLooks}; null if the looks are those that the runs get anyway. */
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

/** FNV-1a, mixed once more: it changes little in its high bits for the last characters. */
function hashOf(text: string): number {
  let hash = 2166136261
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619) >>> 0
  return Math.imul(hash ^ (hash >>> 15), 2246822519) >>> 0
}
