import { fstatSync, writeSync } from 'node:fs'

/** Standard output and error, and what they can show. */
export interface Terminal {
  /** Standard output is a person's terminal. */
  readonly isTerminal: boolean
  readonly unicode: boolean
  readonly colour: boolean
  /** Width of the terminal; 80 where there is none. */
  columns(): number
  /** Writes one line to standard output. */
  out(line: string): void
  /** Writes one line to standard error. */
  err(line: string): void
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

/** Options of {@link openTerminal}. */
export interface TerminalOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** False for `--no-color`. */
  readonly colour?: boolean
}

/**
 * The process's own terminal.
 *
 * Lines are written straight to the descriptors: `process.stdout` loads streams, net and tty, which is a tenth of what
 * `hotcb set` takes.
 */
export function openTerminal({ env, colour: wanted = true }: TerminalOptions): Terminal {
  const isTerminal = isTty(1)
  const colour = wanted && hasColour(env, isTerminal)
  const paint = (open: number, close: number) => (text: string) =>
    colour && text !== '' ? `\u001B[${open}m${text}\u001B[${close}m` : text
  return {
    isTerminal,
    colour,
    unicode: hasUnicode(env),
    columns: () => (isTerminal ? process.stdout.columns || 80 : 80),
    out: (line) => writeAll(1, `${line}\n`),
    err: (line) => writeAll(2, `${line}\n`),
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  }
}

/** Writes all of `text`, also to a pipe that is full for the moment. A reader that has gone away ends the process. */
export function writeAll(fd: number, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EPIPE') process.exit(0)
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    }
  }
}

// A terminal is a character device: only then is `node:tty` worth loading to be sure.
function isTty(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(fd)
  } catch {
    return false
  }
}

// https://no-color.org and https://force-color.org.
function hasColour(env: TerminalOptions['env'], isTerminal: boolean): boolean {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR'] && env['FORCE_COLOR'] !== '0') return true
  return isTerminal && env['TERM'] !== 'dumb'
}

function hasUnicode(env: TerminalOptions['env']): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return env['TERM'] !== 'linux' && !/^(C|POSIX)$/.test(locale)
}
