import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openWorkspace, readSweepStatus, runSweep, type TrialStatus, type Workspace } from '../src/node.ts'

/** A sweep of one parameter `x` on the cluster that the tests were started with. */
export interface ClusterSweep {
  readonly root: string
  readonly workspace: Workspace
  /** Submits the trials; returns the number of the first array job. */
  run(options?: Parameters<typeof runSweep>[1]): Promise<string>
  /** One look, as `herd status` takes it. */
  look(): Promise<readonly TrialStatus[]>
  /** `state reason` of each trial, at one look. */
  states(): Promise<readonly string[]>
  /** Which attempts ran, in order: `0-1` is the first attempt of trial 0. */
  ran(): readonly string[]
  write(name: string, text: string): void
  close(): void
}

interface SweepTexts {
  readonly values: readonly (string | number)[]
  /** What each trial does, in bash; the value of `x` is `$X`. */
  readonly launcher: string
  /** Fields of `slurm`. */
  readonly slurm?: string
  /** Another executor: its whole block. */
  readonly block?: string
  /** More lines of the config. */
  readonly more?: string
}

/** A directory that a user without rights can write to, since jobs of other users run in it. */
export function openClusterSweep(texts: SweepTexts, name = 'sweep'): ClusterSweep {
  const root = mkdtempSync(join(tmpdir(), `slurm-${name}-`))
  chmodSync(root, 0o777)
  const write = (file: string, text: string): void => {
    writeFileSync(join(root, file), text)
    if (file.endsWith('.sh')) chmodSync(join(root, file), 0o755)
  }
  write('hyperherd.yaml', configText(texts))
  write('l.sh', launcherText(texts.launcher))
  const workspace = openWorkspace(root)
  const look = async (): Promise<readonly TrialStatus[]> => (await readSweepStatus(workspace)).trials
  return {
    root,
    workspace,
    look,
    write,
    async run(options) {
      const { submitted } = await runSweep(workspace, options)
      const [job] = submitted?.jobs ?? []
      if (job === undefined) throw new Error(`nothing was submitted: ${submitted?.refused ?? submitted?.unanswered}`)
      return job
    },
    async states() {
      return (await look()).map(({ state, reason }) => (reason === null ? state : `${state} ${reason}`))
    },
    ran() {
      const path = join(root, 'ran')
      return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
    },
    close() {
      workspace.close()
      rmSync(root, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

export function configText({ values, slurm = '', block, more = '' }: Omit<SweepTexts, 'launcher'>): string {
  const options = ['partition: main', 'time: "00:10:00"', 'mem: 50M', ...(slurm === '' ? [] : [slurm])]
  // Of two fields of one name the second one counts.
  const byName = new Map(options.flatMap((one) => one.split(/, (?=\w+:)/)).map((one) => [one.split(':')[0], one]))
  return `name: t
grid: all
launcher: ./l.sh
${block ?? `slurm: {${[...byName.values()].join(', ')}}`}
${more}parameters:
  x: {type: discrete, values: [${values.join(', ')}]}
`
}

function launcherText(text: string): string {
  return `#!/bin/bash
echo "$HYPERHERD_TRIAL_ID-$HYPERHERD_ATTEMPT" >> ran
X=\${1##*x=}
${text}
`
}

/** Runs a program of SLURM; throws where it fails. */
export function slurm(program: string, ...args: readonly string[]): string {
  return execFileSync(program, [...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** States of the tasks of an array job, as the controller knows them at this moment: `0 RUNNING`. */
export function tasksOf(job: string): readonly string[] {
  const { stdout } = spawnSync('squeue', ['-h', '-r', '-t', 'all', '-j', job, '-o', '%K %T'], { encoding: 'utf8' })
  return stdout.split('\n').filter((line) => line !== '')
}

const SCRIPT = fileURLToPath(new URL('../../../scripts/slurm-up.mjs', import.meta.url))

/** Stops or starts a daemon of the cluster. */
export function daemon(what: 'stop' | 'start', name: string): void {
  execFileSync(process.execPath, [SCRIPT, what, name], { stdio: ['ignore', 'ignore', 'inherit'] })
}

const LOOK_MS = 100

/** Waits until something holds; the test's own limit ends it. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 1200; looks++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  throw new Error(`waited in vain until ${what}`)
}
