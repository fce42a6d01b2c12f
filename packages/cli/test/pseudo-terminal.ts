import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { MARK, RUNNER } from './line-runner.ts'
import { buildProgram, ended, plainEnv } from './program.ts'

/** `hotcb` in its own terminal. */
export interface TerminalSession {
  /** Everything that it has written so far, including escape sequences. */
  output(): string
  /** Waits until the output contains `wanted` `times` times. */
  until(wanted: string, times?: number): Promise<void>
  /** Types keys. */
  type(keys: string): void
  readonly ended: Promise<number | null>
}

/** The size of a pseudo-terminal, and variables that replace those in the environment. */
export interface TerminalOptions {
  readonly columns?: number
  readonly rows?: number
  readonly env?: NodeJS.ProcessEnv
}

// The terminal is created by script(1), which Debian and macOS include.
function spawnInTerminal(
  words: readonly string[],
  { columns = 80, rows = 24, env = {} }: TerminalOptions,
): ChildProcess {
  const line = `stty cols ${columns} rows ${rows}; exec ${words.join(' ')}`
  const args = process.platform === 'darwin' ? ['-q', '/dev/null', 'sh', '-c', line] : ['-qec', line, '/dev/null']
  return spawn('script', args, { env: { ...plainEnv(), TERM: 'xterm-256color', ...env } })
}

/** Starts `hotcb ARGS` on a pseudo-terminal. */
export function startInTerminal(args: readonly string[], options: TerminalOptions = {}): TerminalSession {
  const child = spawnInTerminal([process.execPath, buildProgram(), ...args].map(quoted), options)
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return {
    output: () => text,
    async until(wanted, times = 1) {
      for (let i = 0; i < 30_000; i++) {
        if (text.split(wanted).length > times) return
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      throw new Error(`${wanted} did not appear: ${JSON.stringify(text.slice(-2000))}`)
    },
    type: (keys) => child.stdin?.write(keys),
    ended,
  }
}

/**
 * Runs command lines of the program on one pseudo-terminal, one after the other. Returns the output of each.
 *
 * @param dir The directory for the file with the list of lines.
 */
export async function linesInTerminal(lines: readonly (readonly string[])[], dir: string): Promise<readonly string[]> {
  const file = join(dir, 'lines.jsonl')
  writeFileSync(file, lines.map((args) => `${JSON.stringify({ args })}\n`).join(''))
  const words = [process.execPath, RUNNER, buildProgram(), MARK].map(quoted)
  const { out } = await ended(spawnInTerminal([...words, `3<${quoted(file)}`], {}))
  const printed = out.split(new RegExp(`${MARK}\\d*\\r?\\n`)).slice(0, -1)
  if (printed.length !== lines.length)
    throw new Error(`${lines.length} lines were to run, but ${printed.length} ran: ${out}`)
  return printed
}

function quoted(word: string): string {
  return `'${word}'`
}

/** Sequences that set a colour or move the cursor. */
export const ESC = '\u001B'

/** Returns the last view that was completely drawn in a terminal, line by line, without colours. */
export function lastPicture(output: string): readonly string[] {
  const whole = output.slice(0, Math.max(0, output.lastIndexOf('\u001B[J')))
  const body = whole.split('\u001B[H').pop() ?? ''
  // The terminal converts `\r\n` to `\r\r\n`.
  return body.split(/\r+\n/).map((line) => line.replace(new RegExp(`${ESC}\\[[\\d;?]*[A-Za-z]`, 'g'), ''))
}
