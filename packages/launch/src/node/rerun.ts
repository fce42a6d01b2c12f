import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CONFIG_FILE, copyLessons, requestedRerun } from '@hotcb/autopilot/node'
import { messageOf } from '@hotcb/protocol'
import type { Run } from '@hotcb/run/node'
import { LaunchError } from '../launch-error.ts'
import type { LaunchOptions } from '../options.ts'
import type { LaunchHandle } from './handle.ts'
import type { LaunchPorts } from './ports.ts'

/** A run that has ended, and how it was started. */
export interface EndedRun {
  readonly run: Run
  readonly options: LaunchOptions
  /** When it was started, in epoch milliseconds. Earlier requests belong to an earlier start. */
  readonly startedAtMs: number
  readonly ports: LaunchPorts
}

type Launch = (options: LaunchOptions, ports: LaunchPorts) => Promise<LaunchHandle>

/** Starts the next run if the model of this one requested it. @returns Null if it did not. */
export async function startRerun(
  { run, options, startedAtMs, ports }: EndedRun,
  launch: Launch,
): Promise<LaunchHandle | null> {
  const wanted = requestedRerun(run, startedAtMs / 1000)
  if (wanted === null) return null
  const runDir = freeName(run.dir, wanted.runNumber)
  copyConfig(run, runDir)
  return launch({ ...options, runDir, learnFrom: run.dir }, ports)
}

/** Copies the config, so that the next run has the same limits, rules and model. */
function copyConfig(run: Run, runDir: string): void {
  const file = join(run.dir, CONFIG_FILE)
  mkdirSync(runDir)
  if (existsSync(file)) copyFileSync(file, join(runDir, CONFIG_FILE))
}

/** Returns a free name: `<run>-r2` in the run's folder, or the same with the next free number. */
function freeName(dir: string, runNumber: number): string {
  const name = basename(dir).replace(/-r\d+$/, '')
  for (let number = runNumber; ; number++) {
    const path = join(dirname(dir), `${name}-r${number}`)
    if (!existsSync(path)) return path
  }
}

/** Shows the lessons from a run to a new run's model. @throws {@link LaunchError} `bad-option` */
export function learn(from: Run, to: Run): void {
  try {
    copyLessons(from, to)
  } catch (error) {
    throw new LaunchError('bad-option', `cannot learn from \`${from.dir}\`: ${messageOf(error)}`, { cause: error })
  }
}
