import { type ChildProcess, spawn } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { buildProgram, plainEnv } from './program.ts'

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

/** Starts `hotcb ARGS` on a pseudo-terminalby script(1), which Debian and macOS include. */
export function startInTerminal(
  args: readonly string[],
  { columns = 80, rows = 24, env = {} }: { columns?: number; rows?: number; env?: NodeJS.ProcessEnv } = {},
): TerminalSession {
  const command = [process.execPath, buildProgram(), ...args].map((word) => `'${word}'`).join(' ')
  const line = `stty cols ${columns} rows ${rows}; exec ${command}`
  const words = process.platform === 'darwin' ? ['-q', '/dev/null', 'sh', '-c', line] : ['-qec', line, '/dev/null']
  const child: ChildProcess = spawn('script', words, { env: { ...plainEnv(), TERM: 'xterm-256color', ...env } })
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
      for (let i = 0; i < 2000; i++) {
        if (text.split(wanted).length > times) return
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      throw new Error(`${wanted} did not appear: ${JSON.stringify(text.slice(-2000))}`)
    },
    type: (keys) => child.stdin?.write(keys),
    ended,
  }
}

/** Sequences that set a colour or move the cursor. */
export const ESC = '\u001B'

/** Returns the last view that was drawn in a terminal, line by line, without colours. */
export function lastPicture(output: string): readonly string[] {
  const last = output.split('\u001B[H').pop() ?? ''
  const body = last.split('\u001B[J')[0] ?? ''
  // The terminal converts `\r\n` to `\r\r\n`.
  return body.split(/\r+\n/).map((line) => line.replace(new RegExp(`${ESC}\\[[\\d;?]*[A-Za-z]`, 'g'), ''))
}
