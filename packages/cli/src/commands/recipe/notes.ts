import type { CliContext } from '../../context.ts'

/** Prints what a person should know beside the answer, on standard error; `--json` has it in the answer. */
export function printNotes(notes: readonly string[], { terminal, json }: CliContext): void {
  if (json) return
  for (const note of notes) terminal.err(`${terminal.yellow('note:')} ${note}`)
}

/** `1 entry`, `12 entries`. */
export function count(number: number, one: string, many: string): string {
  return `${String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ',')} ${number === 1 ? one : many}`
}

/** The mark before a line that tells what was done. */
export function doneMark({ terminal }: CliContext): string {
  return terminal.green(terminal.unicode ? '✓' : 'ok')
}

/** The mark before a line that tells what is wrong. */
export function wrongMark({ terminal }: CliContext): string {
  return terminal.red(terminal.unicode ? '✗' : 'x')
}
