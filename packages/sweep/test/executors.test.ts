import { expect, test } from 'vitest'
import { executorOf, executorsInUse } from '../src/node/executors.ts'
import { configInForce } from '../src/node/workspace.ts'
import { attemptIn, writtenWorkspace } from './written-workspace.ts'

const YAML = 'name: t\nlauncher: ./l.sh\ngrid: all\nparameters:\n  lr: {type: discrete, values: [1, 2, 3]}\n'
const THREE = [1, 2, 3].map((lr) => ({ lr }))

test('the executors in use are the one for new attempts, followed by those on which attempts may still be running', async () => {
  const events = [...attemptIn(0, 'running', {}, 1, 'slurm'), ...attemptIn(1, 'running', {}, 1, 'gridengine')]
  const names = async (blocks: string, ...more: typeof events) => {
    const { workspace } = await writtenWorkspace(`${YAML}${blocks}`, THREE, ...events, ...more)
    return executorsInUse(workspace, configInForce(workspace)).map(({ name }) => name)
  }
  const both = 'slurm: {partition: p}\ngridengine: {}\n'
  expect(await names(`executor: local\n${both}`)).toEqual(['local', 'slurm', 'gridengine'])
  expect(await names(both)).toEqual(['slurm', 'gridengine'])
  expect(await names(`executor: gridengine\n${both}`)).toEqual(['gridengine', 'slurm'])
  // An executor whose block was removed from the config cannot be used.
  expect(await names('gridengine: {}\n')).toEqual(['gridengine'])
  expect(await names('')).toEqual(['local'])
  // Only a trial's latest attempt counts.
  expect(await names(`executor: local\n${both}`, ...attemptIn(0, 'running', {}, 2))).toEqual(['local', 'gridengine'])
})

test('an executor without its block is refused', async () => {
  const { workspace } = await writtenWorkspace(YAML, THREE)
  const config = configInForce(workspace)
  expect(executorOf(workspace, config).name).toBe('local')
  const refused = (executor: 'slurm' | 'gridengine') => () => executorOf(workspace, { ...config, executor })
  expect(refused('gridengine')).toThrow(
    'hyperherd.yaml: executor: gridengine needs a `gridengine:` block, which may be {}',
  )
  expect(refused('slurm')).toThrow('hyperherd.yaml: executor: slurm needs a `slurm:` block with a `partition`')
})
