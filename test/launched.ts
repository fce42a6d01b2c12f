// Helpers for the tests of `hotcb launch`: the published program, the logs of its runs, and the processes that the logs name.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { processState } from '../packages/journal/src/index.ts'
import { removeDirectory } from './remove-directory.ts'
import { ROOT } from './tarballs.ts'

export const HOTCB: string = join(ROOT, 'apps/cli/bin/hotcb.js')

/** A directory for runs; every training run that was left in it is ended with the test. */
export function home(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-launch-'))
  onTestFinished(() => {
    // Another process may have such a pid by now.
    for (const { pid, start } of processesBelow(dir)) if (processState(pid, start) === 'running') end(pid)
    removeDirectory(dir)
  })
  return dir
}

/** Ends a process that a log of this test names. Refuses groups and numbers that are not process ids. */
export function end(pid: number): void {
  if (!Number.isSafeInteger(pid) || pid <= 1) throw new RangeError(`not a process id: ${pid}`)
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

export interface Line {
  readonly kind?: string
  readonly step?: number
  readonly data?: Readonly<Record<string, unknown>>
}

export function linesOf(run: string, name: string): readonly Line[] {
  const path = join(run, `hotcb.${name}.jsonl`)
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((text) => JSON.parse(text))
}

/** The pids of training runs and their keepers, as the logs name them. */
export function pidsBelow(dir: string): readonly number[] {
  return processesBelow(dir).map(({ pid }) => pid)
}

interface LoggedProcess {
  readonly pid: number
  readonly start: string | null
}

function processesBelow(dir: string): readonly LoggedProcess[] {
  const runs = existsSync(join(dir, 'runs')) ? readdirSync(join(dir, 'runs')) : []
  return ['run', 'whole', ...runs.map((name) => join('runs', name))].flatMap((name) =>
    linesOf(join(dir, name), 'launch').flatMap(({ kind, data }) =>
      kind === 'started' || kind === 'begin' ? [processOf(data)] : [],
    ),
  )
}

function processOf(data: Line['data']): LoggedProcess {
  return { pid: Number(data?.['pid']), start: typeof data?.['start'] === 'string' ? data['start'] : null }
}

export function ended(run: string): Line['data'] {
  return linesOf(run, 'launch').findLast(({ kind }) => kind === 'ended')?.data
}

/** Whether a process is running. A zombie is not. */
export function processExists(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z')
}

export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 50))
}

/** Runs `hotcb launch ARGS` to its end. */
export function launch(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly code: number | null; readonly out: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [HOTCB, 'launch', '--no-serve', ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...env },
  })
  return { code: status, out: stdout + stderr }
}
