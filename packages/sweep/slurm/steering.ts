import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openRunDirectory } from '@hotcb/run/node'
import { afterAll, expect, test } from 'vitest'
import { requestTrials, runSweep } from '../src/node.ts'
import { type ClusterSweep, openClusterSweep, until } from './cluster-sweep.ts'

const opened: ClusterSweep[] = []
afterAll(() => {
  for (const sweep of opened) sweep.close()
})

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url))
const TRAINER = fileURLToPath(new URL('../bench/trainer.mjs', import.meta.url))

/** Trials with a kernel that train until they are asked to stop. */
async function trainingSweep(values: readonly number[], slurm = '', more = ''): Promise<ClusterSweep> {
  const node = `'${process.execPath}' --conditions=@hotcb/source --import ./scripts/typescript-loader.mjs`
  const launcher = `cd '${PROJECT}' && exec ${node} '${TRAINER}' "$HOTCB_RUN_DIR"`
  const sweep = openClusterSweep({ values, launcher, slurm: `mem: 600M${slurm}`, more })
  opened.push(sweep)
  await sweep.run()
  await until('all kernels train', () => values.every((_, i) => ledgerOf(sweep, i) !== ''))
  // Some steps, so that a checkpoint is not the start.
  await new Promise((resolve) => setTimeout(resolve, 1000))
  return sweep
}

const runDir = (sweep: ClusterSweep, i: number): string => join(sweep.workspace.paths.results, String(i))

function linesOf(sweep: ClusterSweep, i: number, name: string): readonly string[] {
  const path = join(runDir(sweep, i), name)
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
}

const ledgerOf = (sweep: ClusterSweep, i: number): string => linesOf(sweep, i, 'hotcb.applied.jsonl').join('\n')

/** Tests that take a minute of waiting each: they run beside those of `states.test.ts`. */
export function steeringTests(): void {
  test('trials on SLURM are steered, pruned, paused with a checkpoint and continued as local ones are', async () => {
    const sweep = await trainingSweep([1, 2, 3])
    for (const i of [0, 1, 2]) {
      openRunDirectory(runDir(sweep, i)).send([{ module: 'opt', op: 'set_params', params: { lr: 0.05 } }], {
        source: 'sweep',
      })
    }
    await until('every ledger has the change', () => [0, 1, 2].every((i) => ledgerOf(sweep, i).includes('"lr":0.05')))
    await sweep.look()
    await requestTrials(sweep.workspace, 'prune', { index: 0 })
    await requestTrials(sweep.workspace, 'pause', { index: 1 })
    await requestTrials(sweep.workspace, 'stop', { index: 2 })
    const wanted = ['pruned', 'paused', 'cancelled']
    await until('they have ended', async () => (await sweep.look()).every(({ state }, i) => state === wanted[i]))
    expect(existsSync(join(runDir(sweep, 1), 'hotcb.checkpoints/herd-1'))).toBe(true)
    await runSweep(sweep.workspace, { indices: '1' })
    const starts = (): string => readFileSync(join(sweep.workspace.paths.logs, '1.out'), 'utf8')
    await until('the paused trial trains again', () => starts().split('starts at step').length === 3)
    expect(starts()).toMatch(/starts at step [1-9]\d* with weight [1-9]/)
    await requestTrials(sweep.workspace, 'stop', { all: true })
    await until('nothing runs', async () => !(await sweep.states()).some((one) => /running|stopping|queued/.test(one)))
  })

  test('a trial with a kernel saves before its time limit, and continues in the same job from there', async () => {
    const sweep = await trainingSweep(
      [1],
      ', time: "00:02:00", signal_before: 50, on_limit: requeue',
      'retries: {timeout: 1}\n',
    )
    const starts = (): string => readFileSync(join(sweep.workspace.paths.logs, '0.out'), 'utf8')
    await until('it trains again', () => starts().split('starts at step').length === 3)
    expect(ledgerOf(sweep, 0)).toMatch(/"tag":\s?"herd-1"/)
    expect(starts()).toMatch(/starts at step [1-9]\d* with weight [1-9]/)
    expect(sweep.ran()).toEqual(['0-1', '0-1'])
    await requestTrials(sweep.workspace, 'stop', { all: true })
  })
}
