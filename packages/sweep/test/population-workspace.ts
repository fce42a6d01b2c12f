import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, onTestFinished } from 'vitest'

// Populations of real processes: the driver and the training runs are programs that a test can kill at any point.
const home = mkdtempSync(join(tmpdir(), 'sweep-population-'))
export const programs: { readonly driver: string; readonly trainer: string } = {
  driver: join(home, 'driver.mjs'),
  trainer: join(home, 'trainer.mjs'),
}

beforeAll(() => {
  const build = (name: string, outfile: string): void => {
    const entry = fileURLToPath(new URL(name, import.meta.url))
    const conditions = ['@hotcb/source']
    buildSync({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', conditions })
  }
  build('crash-program.ts', programs.driver)
  build('population-trainer.ts', programs.trainer)
})

afterAll(() => rmSync(home, { recursive: true, force: true }))

export const TRIALS = 4

/** A population in which each trial trains one weight. */
export function population({
  trials = TRIALS,
  env = '',
}: {
  readonly trials?: number
  readonly env?: string
} = {}): string {
  const root = mkdtempSync(join(home, 'sweep-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const config = [
    'name: t',
    'launcher: ./l.sh',
    'retries: {killed: 3, backoff: 0}',
    'parameters:',
    '  lr: {type: continuous, low: 0.0001, high: 0.5, scale: log}',
    `search: {method: pbt, trials: ${trials}, seed: 3}`,
    'population: {interval: 10}',
    'objective: {metric: loss, direction: min}',
  ]
  writeFileSync(join(root, 'hyperherd.yaml'), `${config.join('\n')}\n`)
  writeFileSync(
    join(root, 'l.sh'),
    `#!/bin/bash\necho $$ >> pids\n${env === '' ? '' : `export ${env}\n`}exec ${process.execPath} ${programs.trainer}\n`,
  )
  chmodSync(join(root, 'l.sh'), 0o755)
  return root
}

/** Drives the population until it ends or the driver is killed. */
export function run(root: string, crashAt = ''): NodeJS.Signals | number | null {
  const env = { ...process.env, HOTCB_CRASH_AT: crashAt }
  const { status, signal, stderr } = spawnSync(process.execPath, [programs.driver, root], {
    env,
    encoding: 'utf8',
    timeout: 300_000,
  })
  if (status !== 0 && signal === null) throw new Error(stderr)
  return signal ?? status
}

/** Kills all training runs of a workspace that are still running. */
export function killTrials(root: string): void {
  if (!existsSync(join(root, 'pids'))) return
  for (const pid of readFileSync(join(root, 'pids'), 'utf8').trim().split('\n')) {
    try {
      // Another process may have the pid by now.
      if (!existsSync('/proc/self/cwd') || readlinkSync(`/proc/${pid}/cwd`) === realpathSync(root))
        process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has already exited.
    }
  }
}

/** A journal line. */
export interface Line {
  readonly type: string
  readonly key?: string
  readonly trial?: number
  readonly verdict?: string
  readonly outcome?: string
  readonly evidence?: { readonly cid?: string }
}

export function journalOf(root: string): readonly Line[] {
  const dir = join(root, '.hyperherd/journal')
  const lines = readdirSync(dir).flatMap((name) => readFileSync(join(dir, name), 'utf8').trim().split('\n'))
  return lines.map((line) => JSON.parse(line))
}
