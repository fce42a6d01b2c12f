import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drive, openWorkspace, requestTrials, runSweep, type Workspace } from '@hotcb/sweep/node'
import { onTestFinished } from 'vitest'
import { type MonitorEnd, type MonitorOptions, runMonitor } from '../src/node.ts'

export interface TestSweep {
  readonly root: string
  readonly workspace: Workspace
  /** The lines that a monitor printed. */
  readonly lines: string[]
  /** Starts trials and runs the driver until they have ended. */
  finish(): Promise<void>
  /** Runs the driver until nothing is left to do. */
  drive(): Promise<void>
  monitor(options?: Partial<MonitorOptions>): Promise<MonitorEnd>
  env: Record<string, string>
}

/** A workspace on this machine whose trials run a bash script. */
export function sweep(
  launcher: string,
  { trials = 4, more = '', monitor = '' }: { trials?: number; more?: string; monitor?: string } = {},
): TestSweep {
  const root = mkdtempSync(join(tmpdir(), 'monitor-'))
  const values = Array.from({ length: trials }, (_, i) => i + 1).join(', ')
  const head =
    'name: t\ngrid: all\nlauncher: ./launch.sh\nlocal: {max_concurrent: 2, kill_wait: 1}\nprune_grace_seconds: 1\n'
  const parameters = `parameters:\n  x: {type: discrete, values: [${values}]}\n`
  writeFileSync(join(root, 'hyperherd.yaml'), `${head}${more}monitor: {poll: 0.05${monitor}}\n${parameters}`)
  writeFileSync(
    join(root, 'launch.sh'),
    `#!/bin/bash\n. "$HYPERHERD_WORKSPACE/.hyperherd/clients/trial.sh"\n${launcher}\n`,
  )
  chmodSync(join(root, 'launch.sh'), 0o755)
  const workspace = openWorkspace(root, undefined, 'monitor')
  const lines: string[] = []
  const driving = new Set<Promise<unknown>>()
  const startDriver = (): void => {
    const own = openWorkspace(root)
    const run = drive(own, { everyMs: 20 }).finally(() => own.close())
    driving.add(run)
    run.catch(() => undefined).finally(() => driving.delete(run))
  }
  onTestFinished(async () => {
    await requestTrials(workspace, 'stop', { all: true }, { kill: true }).catch(() => [])
    await drive(workspace, { everyMs: 20 }).catch(() => undefined)
    await Promise.allSettled([...driving])
    workspace.close()
    rmSync(root, { recursive: true, force: true })
  })
  const env = { XDG_STATE_HOME: join(root, 'state') }
  return {
    root,
    workspace,
    lines,
    env,
    async finish() {
      await runSweep(workspace)
      await drive(workspace, { everyMs: 20 })
    },
    drive: async () => void (await drive(workspace, { everyMs: 20 })),
    monitor: (options = {}) =>
      runMonitor(workspace, {
        port: { env, startDriver, line: (text) => void lines.push(text) },
        signal: new AbortController().signal,
        ...options,
      }),
  }
}
