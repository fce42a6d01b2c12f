// Runs `hotcb ARGS` in this process, so that a test can check styles and pass its own ports, and code mutations are active.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CliPorts, runCli } from '../src/index.ts'
import type { Terminal } from '../src/print/terminal.ts'
import { inDirectory } from './in-directory.ts'
import { type Kept, keepingTerminal } from './marked-terminal.ts'
import { requireAnswers } from './strict-answers.ts'
import { type Ended, plainEnv, temporaryDirectory } from './surroundings.ts'

// Commands that need more are tested as processes.
const PORTS: CliPorts = {
  version: '1.2.3',
  startDashboard: () => Promise.reject(new Error('there is no dashboard in this process')),
}

/** The result of a command that ran in this process. */
export interface EndedHere extends Ended {
  readonly code: number
}

/** The environment of a command that runs in this process. */
export interface HereOptions {
  /** The directory to which relative paths refer. Default: an empty one, so that no suggestion names another test's run. */
  readonly cwd?: string | undefined
  readonly env?: NodeJS.ProcessEnv
  /** The terminal's differences from a pipe; `MARKS` shows styles. */
  readonly terminal?: Partial<Terminal>
  readonly ports?: Partial<CliPorts>
  /** The name of the program. Default: `hotcb`. */
  readonly program?: string
}

/** A command that runs in this process. */
export interface StartedHere {
  /** Its output so far. */
  readonly printed: Kept
  readonly ended: Promise<EndedHere>
  /** Sends a signal as soon as the command listens for it, and waits until it ends. Default: SIGINT, as Ctrl-C sends. */
  interrupt(signal?: 'SIGINT' | 'SIGTERM'): Promise<EndedHere>
}

/**
 * Runs a command in this process to its end. With `--json`, its output must match its schema. If it starts `hotcb` as another
 * process, that process exits immediately.
 */
export function runHere(args: readonly string[], options: HereOptions = {}): Promise<EndedHere> {
  return run(args, { out: '', err: '' }, options)
}

/** Starts a command in this process that runs until it is interrupted. Await its end before the test ends. */
export function startHere(args: readonly string[], options: HereOptions = {}): StartedHere {
  const printed = { out: '', err: '' }
  const before = new Set([...process.listeners('SIGINT'), ...process.listeners('SIGTERM')])
  const ended = run(args, printed, options)
  return {
    printed,
    ended,
    interrupt: async (signal = 'SIGINT') => {
      let isOver = false
      void ended.finally(() => {
        isOver = true
      })
      for (;;) {
        const added = process.listeners(signal).filter((listener) => !before.has(listener))
        for (const listener of added) listener(signal)
        if (added.length > 0 || isOver) return ended
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
  }
}

async function run(
  args: readonly string[],
  printed: { out: string; err: string },
  { cwd = temporaryDirectory(), env = {}, terminal: like = {}, ports = {}, program = 'hotcb' }: HereOptions,
): Promise<EndedHere> {
  const surroundings = {
    cwd,
    env: { ...plainEnv(), ...env },
    argv: [process.execPath, join(tmpdir(), 'no-such-program', program)],
    write: (fd: 1 | 2, text: string) => {
      printed[fd === 1 ? 'out' : 'err'] += text
    },
  }
  const terminal = keepingTerminal(printed, like)
  const code = await inDirectory(surroundings, () => runCli(args, { ...PORTS, ...ports }, terminal))
  requireAnswers(args, { code, ...printed })
  return { code, ...printed }
}
