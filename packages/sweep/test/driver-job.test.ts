import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { removeDriverSign, writeDriverSign } from '../src/node/driver-sign.ts'
import { hostMark } from '../src/node/paths.ts'
import { submitDriverJob } from '../src/node/slurm/driver-job.ts'
import { answeringPrograms } from './answering-programs.ts'
import { writtenWorkspace } from './written-workspace.ts'

const YAML = 'name: t\ngrid: all\nlauncher: ./l.sh\nparameters:\n  x: {type: discrete, values: [1, 2]}\n'
const SLURM = 'slurm: {partition: p, time: "04:00:00", account: my lab, qos: long}\n'

test('a driver is submitted as a job that submits its successor until nothing is left to do', async () => {
  const { workspace } = await writtenWorkspace(YAML + SLURM, [{ x: 1 }])
  const { root, state, driverLog } = workspace.paths
  const { answer, calls } = answeringPrograms('sbatch')
  answer('sbatch', '77;cluster\n')
  const script = `${state}/driver.sbatch`
  expect(await submitDriverJob(workspace, ['node', 'h erd', 'drive'])).toBe('77')
  expect(calls()).toEqual([`sbatch --parsable ${script}`])
  expect(readFileSync(script, 'utf8')).toBe(`#!/bin/bash
#SBATCH --job-name=hyperherd_t-driver
#SBATCH --dependency=singleton
#SBATCH --partition=p
#SBATCH --time=04:00:00
#SBATCH --mem=1G
#SBATCH --cpus-per-task=1
#SBATCH --signal=B:USR1@50
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=${driverLog}
#SBATCH --account="my lab"
#SBATCH --qos=long
ends= child=
trap 'ends=1; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' USR1
cd ${root} || exit 74
node 'h erd' drive &
child=$!
[ -z "$ends" ] || kill -TERM "$child" 2>/dev/null
wait "$child"
code=$?
while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
[ -z "$ends" ] || [ "$code" = 0 ] || sbatch ${script}
exit 0
`)
})

test('a driver has the partition and the time in its options, and no account if the config has none', async () => {
  const { workspace } = await writtenWorkspace(`${YAML}slurm: {partition: p}\n`, [{ x: 1 }])
  answeringPrograms('sbatch').answer('sbatch', 'Submitted batch job 78\n')
  expect(await submitDriverJob(workspace, ['herd'], { partition: 'long one', time: '7-00:00:00' })).toBe('78')
  const lines = readFileSync(`${workspace.paths.state}/driver.sbatch`, 'utf8').split('\n')
  expect(lines.slice(3, 5)).toEqual(['#SBATCH --partition="long one"', '#SBATCH --time=7-00:00:00'])
  expect(lines.filter((line) => /account|qos/.test(line))).toEqual([])
})

test('a driver is not submitted if there is no SLURM, if one is already running, or if SLURM refuses', async () => {
  const local = await writtenWorkspace(YAML, [{ x: 1 }])
  await expect(submitDriverJob(local.workspace, ['herd'])).rejects.toMatchObject({
    code: 'refused',
    message: 'the config has no `slurm` block; use `herd drive` to run the driver here',
  })
  const { workspace } = await writtenWorkspace(YAML + SLURM, [{ x: 1 }])
  const { answer, calls } = answeringPrograms('sbatch')
  writeDriverSign(workspace.paths, 1)
  await expect(submitDriverJob(workspace, ['herd'])).rejects.toMatchObject({
    code: 'refused',
    message: `a driver is already running: process ${process.pid} on ${hostMark()}`,
  })
  removeDriverSign(workspace.paths)
  expect(calls()).toEqual([])
  for (const [said, code, message] of [
    ['!sbatch: error: invalid partition specified: p\n', 'refused', 'invalid partition specified: p'],
    ['!sbatch: error: Socket timed out\n', 'unanswered', 'sbatch: sbatch: error: Socket timed out'],
    ['!78\n', 'unanswered', 'sbatch: 78'],
    ['nothing\n', 'unanswered', 'sbatch: exit code 0'],
  ] as const) {
    answer('sbatch', said)
    await expect(submitDriverJob(workspace, ['herd'])).rejects.toMatchObject({ code, message })
  }
})
