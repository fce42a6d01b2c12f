/**
 * Returns the known words nearest to `word`, best first, for "did you mean".
 *
 * @param limit The maximum number. Default 3. Words at a distance of more than a third of their length are left out.
 */
export function nearest(word: string, known: Iterable<string>, limit = 3): string[] {
  const scored: { word: string; distance: number }[] = []
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    const near = distance <= Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3))
    if (near || (word.length > 2 && candidate.startsWith(word))) scored.push({ word: candidate, distance })
  }
  scored.sort((a, b) => a.distance - b.distance || (a.word < b.word ? -1 : 1))
  return scored.slice(0, limit).map((entry) => entry.word)
}

/** Returns a hint such as `` did you mean `lr`? `` with the nearest known word; `otherwise` if none is similar. */
export function didYouMean(word: string, known: Iterable<string>, otherwise: string): string {
  const near = nearest(word, known)
  return near.length === 0 ? otherwise : `did you mean ${near.map((one) => `\`${one}\``).join(' or ')}?`
}

// Uses optimal string alignment, which is Levenshtein distance plus swaps of adjacent letters, a common typing error.
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      current[j] = cost
    }
    before = previous
    previous = current
  }
  return previous[b.length] ?? 0
}
