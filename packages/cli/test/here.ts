// Runs `hotcb ARGS` in this process, where a test sees styles, passes its own ports, and mutations of the code are active.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CliPorts, runCli } from '../src/index.ts'
import type { Terminal } from '../src/print/terminal.ts'
import { inDirectory } from './in-directory.ts'
import { type Kept, keepingTerminal } from './marked-terminal.ts'
import { requireAnswers } from './strict-answers.ts'
import { type Ended, plainEnv } from './surroundings.ts'

// Commands that need more are tested as processes.
const PORTS: CliPorts = {
  version: '1.2.3',
  startDashboard: () => Promise.reject(new Error('there is no dashboard in this process')),
}

/** The result of a command that ran in this process. */
export interface EndedHere extends Ended {
  readonly code: number
}

/** The surroundings of a command that runs in this process. */
export interface HereOptions {
  /** The directory to which relative paths refer. Default: that of temporary files. */
  readonly cwd?: string | undefined
  readonly env?: NodeJS.ProcessEnv
  /** How the terminal differs from a pipe; `MARKS` shows styles. */
  readonly terminal?: Partial<Terminal>
  readonly ports?: Partial<CliPorts>
  /** The name of the program. Default: `hotcb`. */
  readonly program?: string
}

/** A command that runs in this process. */
export interface StartedHere {
  /** What it has printed so far. */
  readonly printed: Kept
  readonly ended: Promise<EndedHere>
  /** Interrupts it by a signal, as soon as it listens to that, and waits for its end. Default: SIGINT, as ctrl-c sends. */
  interrupt(signal?: 'SIGINT' | 'SIGTERM'): Promise<EndedHere>
}

/**
 * Runs a command in this process to its end. With `--json`, what it prints must fit its schema. A process that it starts as `hotcb`
 * again ends at once.
 */
export function runHere(args: readonly string[], options: HereOptions = {}): Promise<EndedHere> {
  return run(args, { out: '', err: '' }, options)
}

/** Starts a command in this process, for tests of those that run until they are interrupted. Await its end before the test ends. */
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
  { cwd = tmpdir(), env = {}, terminal: like = {}, ports = {}, program = 'hotcb' }: HereOptions,
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
