import type { Ended } from './surroundings.ts'

/** Returns the lines of a text. Each of them must end with a line feed. */
export function linesOf(text: string): readonly string[] {
  return text.split('\n').slice(0, -1)
}

/**
 * Runs command lines one after the other. Returns what a user sees: each line, its exit code unless that is 0, its output, and
 * its errors after an exclamation mark.
 */
export async function transcript(run: (line: string) => Promise<Ended>, lines: readonly string[]): Promise<string> {
  const shown: string[] = []
  for (const line of lines) {
    const { code, out, err } = await run(line)
    const errors = linesOf(err).map((one) => `! ${one}`)
    shown.push(`$ ${line}`, ...linesOf(out), ...errors, ...(code === 0 ? [] : [`= ${code}`]))
  }
  return `\n${shown.join('\n')}\n`
}
