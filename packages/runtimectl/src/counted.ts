/** Formats a number with its noun: `1 command`, `3 commands`. */
export function counted(n: number, what = 'command'): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
