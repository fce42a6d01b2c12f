/** Returns the fields in a line of `scontrol show .. -o`: `PartitionName=gpu MaxTime=1-00:00:00 ..`. */
export function readShown(line: string): ReadonlyMap<string, string> {
  return new Map([...line.matchAll(/(?:^|\s)([A-Za-z][\w/:]*)=(\S*)/g)].map(([, key = '', value = '']) => [key, value]))
}

/** Converts a time limit in the form that `sbatch --time` accepts to seconds; null for none. */
export function limitSeconds(text: string): number | null {
  const [, days, rest = ''] = /^(?:(\d+)-)?(\d+(?::\d+){0,2})$/.exec(text) ?? []
  if (rest === '') return null
  const parts = rest.split(':').map(Number)
  // Without days, the text contains minutes, or minutes and seconds; after days, hours come first.
  const [first = 0, second = 0, third = 0] = parts
  if (days !== undefined) return Number(days) * 86_400 + first * 3600 + second * 60 + third
  if (parts.length === 3) return first * 3600 + second * 60 + third
  return first * 60 + second
}
