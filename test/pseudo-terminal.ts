import { spawn, spawnSync } from 'node:child_process'
import { onTestFinished } from 'vitest'

/** The output of a shell line on its own terminal, and its exit code. */
export interface Shown {
  readonly code: number | null
  readonly text: string
}

/**
 * Runs a shell line as a person at a terminal does: on a pseudo-terminal that `script` or `python3` creates, whichever is installed.
 *
 * @throws Error if neither is installed.
 */
export function onTerminal(line: string, options: { readonly cwd: string }): Promise<Shown> {
  const [program, ...args] = terminalFor(line)
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, text: plain(text) }))
  })
}

const SILENCE_MS = 300_000
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
const CLEARED_LINE = /\u001B\[\d*K/g

/** A shell in its own terminal, for typed input. */
export interface TerminalShell {
  /** Types the text unchanged: a line needs its `\n`, and `\u0003` is ctrl-C. */
  type(keys: string): void
  /**
   * Waits for output after the last match; returns the pattern's first group. Output arrives in pieces, so a group of unknown length needs
   * a `\n` after it.
   */
  said(pattern: RegExp): Promise<string>
  /** Closes the terminal, as the window's close button does. */
  close(): void
}

/**
 * Opens an interactive shell on a pseudo-terminal.
 *
 * @throws Error if neither `script` nor `python3` is installed.
 */
export function openShell(options: { readonly cwd: string }): TerminalShell {
  const [program, ...args] = terminalFor('PS1="$ " exec sh -i')
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let text = ''
  let isOver = false
  let wake = (): void => undefined
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more
    wake()
  })
  child.on('close', () => {
    isOver = true
    wake()
  })
  let read = 0
  return {
    type: (keys) => void child.stdin.write(keys),
    close: () => void child.kill('SIGKILL'),
    async said(pattern) {
      for (;;) {
        // A line that is cleared and written again counts as a new line.
        const shown = plain(text.replaceAll(CLEARED_LINE, '\n'))
        const found = pattern.exec(shown.slice(read))
        if (found !== null) {
          read += found.index + found[0].length
          return found[1] ?? found[0]
        }
        if (isOver) throw new Error(`the terminal was closed before it printed ${pattern}: ${shown}`)
        await new Promise<void>((resolve, reject) => {
          wake = resolve
          // Longer than any step takes. The output so far shows what happened instead.
          setTimeout(() => reject(new Error(`${pattern} was not printed: ${shown}`)), SILENCE_MS)
        })
      }
    },
  }
}

function terminalFor(line: string): [string, ...string[]] {
  if (has('script')) {
    // Two programs have this name: that of util-linux, and that of BSD on macOS.
    return process.platform === 'darwin'
      ? ['script', '-q', '/dev/null', 'sh', '-c', line]
      : ['script', '-qec', line, '/dev/null']
  }
  if (has('python3')) {
    const spawnIt = 'import os,pty,sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(["sh", "-c", sys.argv[1]])))'
    return ['python3', '-c', spawnIt, line]
  }
  throw new Error('a pseudo-terminal needs `script` (util-linux) or `python3`: install one of them')
}

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
}

// Removes colours and carriage returns, which are only for people.
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
  return text.replace(/\u001B\[[\d;?]*[A-Za-z]/g, '').replaceAll('\r', '')
}
