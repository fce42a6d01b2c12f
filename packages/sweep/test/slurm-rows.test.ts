import { expect, test } from 'vitest'
import { arraySpec, expandTasks, readTaskId } from '../src/slurm/array-spec.ts'
import { elapsedSeconds, readSacct, readSqueue, slurmBytes } from '../src/slurm/rows.ts'
import { limitSeconds, readShown } from '../src/slurm/show.ts'
import { readSlurmState } from '../src/slurm/states.ts'
import { isFullRefusal, readJobNumber, readRefusal } from '../src/slurm/submit-answer.ts'

// SLURM's output, including the limits of each format.

test('task numbers are written as ranges, and read back with their step', () => {
  expect([arraySpec([]), arraySpec([4]), arraySpec([4, 5]), arraySpec([10, 9, 2])]).toEqual(['', '4', '4-5', '2,9-10'])
  const lists = [
    '3',
    '1-3',
    '3-1',
    '0-9:3',
    '0-2:0',
    '1,5-6%2',
    '1%12',
    '1%',
    '',
    '1-',
    'a',
    '1,',
    '1234567890',
    '123456789',
  ]
  expect(lists.map(expandTasks)).toEqual([
    ...[[3], [1, 2, 3], [], [0, 3, 6, 9], [0, 1, 2], [1, 5, 6], [1]],
    ...[null, null, null, null, null, null, [123456789]],
  ])
})

test('a task has a job and one number, a list, or neither', () => {
  expect(['7_[]', '7_', '7_3x', 'x7', '7_[1-2]', '71_12', '7_[1'].map(readTaskId)).toEqual([
    { job: '7', tasks: null, isBare: false },
    undefined,
    undefined,
    undefined,
    { job: '7', tasks: [1, 2], isBare: false },
    { job: '71', tasks: [12], isBare: false },
    { job: '7', tasks: null, isBare: false },
  ])
})

test('a queue row has everything that SLURM reports', () => {
  const text =
    '\n7_1|CANCELLED by 5|Prio|123456789|12345678901|n1|a|b\n7_2|OTHER|||||\n?|RUNNING|||||\n8|PENDING|None|N/A|12345678|(null)\n'
  const one = { id: { job: '7', tasks: [1], isBare: false }, word: 'CANCELLED', state: { state: 'cancelled' } }
  const two = { id: { job: '8', tasks: null, isBare: true }, word: 'PENDING', state: { state: 'queued' } }
  expect(readSqueue(text)).toEqual([
    { ...one, submitted: 123456789, begun: 12345678901, ended: null, reason: 'Prio', node: 'n1', jobName: 'a|b' },
    { ...two, submitted: null, begun: null, ended: null, reason: 'None', node: '(null)', jobName: '' },
  ])
  expect(readSacct('7_1|CANCELLED by 5|123456789|1234567890|1234567891|Prio|n1|a|b\n')).toEqual([
    { ...one, submitted: 123456789, begun: 1234567890, ended: 1234567891, reason: 'Prio', node: 'n1', jobName: 'a|b' },
  ])
  expect([readSqueue(''), readSacct('\n\n')]).toEqual([[], []])
})

test('memory has a unit, and may be per node or per CPU', () => {
  const texts = ['0', '1.5M', '3T', '2K', '4Gc', '7n', '1P', 'x1K', '1Kx', '1.K', '0.3']
  expect(texts.map(slurmBytes)).toEqual([
    0,
    1.5 * 2 ** 20,
    3 * 2 ** 40,
    2048,
    4 * 2 ** 30,
    7,
    null,
    null,
    null,
    null,
    0,
  ])
})

test('times have days, hours, minutes and seconds', () => {
  const texts = ['7', '1:05', '10:00:07', '2-01:02:03', '2-5', '1:2:3:4', 'x1', '1x', '', '1:234']
  expect(texts.map(elapsedSeconds)).toEqual([7, 65, 36_007, 176_523, 172_805, null, null, null, null, null])
  const limits = ['7', '1:05', '10:00:07', '2-01', '2-01:02', '2-01:02:03', '0-0', 'UNLIMITED', 'x7', '7x', '']
  expect(limits.map(limitSeconds)).toEqual([420, 65, 36_007, 176_400, 176_520, 176_523, 0, null, null, null, null])
})

test('the fields of `scontrol show` are separated by spaces, and values may be empty', () => {
  expect([...readShown(' A=1 B/c:d=x=y  E= f1=2\tG=3 9=4 -H=5')]).toEqual([
    ...[['A', '1'], ['B/c:d', 'x=y'], ['E', ''], ['f1', '2'], ['G', '3']],
  ]) // biome-ignore format: pairs
})

test('a state is the first word, even if a sign follows it', () => {
  expect([' RUNNING ', 'CANCELLED+', 'FAILED+x', '', 'running'].map(readSlurmState)).toEqual([
    { state: 'running' },
    { state: 'cancelled' },
    { state: 'failed' },
    undefined,
    undefined,
  ])
})

test('a job number is on the last line of the right form', () => {
  const texts = [
    '5\n6\n',
    ' 7 \n',
    '8 on cluster c\n',
    '9;c\n',
    'x 9\n',
    '9 x\n',
    'Submitted batch job 10 on cluster c',
    '',
  ]
  expect(texts.map(readJobNumber)).toEqual(['6', '7', '8', '9', undefined, undefined, '10', undefined])
})

test('each known refusal proves that nothing was submitted, and its lines are kept', () => {
  const refusals = [
    'Invalid Partition name specified',
    'Memory specification can not be satisfied',
    'Requested node configuration is not available',
    'Invalid job array specification',
    'Invalid generic resource (gres) specification',
    'Invalid feature specification',
    'invalid account or account/partition combination specified',
    'Invalid qos specification',
    'Invalid --mem specification',
    "unrecognized option '--x'",
    'Unable to open file x.sbatch',
    'This does not look like a batch script',
    'Job violates accounting/QOS policy (job submit limit)',
    'Access/permission denied',
    "User's group not permitted to use this partition",
    'Requested time limit is invalid (missing or exceeds some limit)',
    'Node count specification invalid',
    'CPU count per node can not be satisfied: specification',
  ]
  for (const text of refusals.slice(1)) expect(readRefusal(1, `sbatch: error: ${text}\n`)).toBe(text)
  expect(readRefusal(1, 'sbatch: error: Invalid Partition specified\n')).toBe('Invalid Partition specified')
  expect(readRefusal(1, 'sbatch: a\n\n  sbatch: error: b sbatch: c \nInvalid job array specification')).toBe('a; sbatch: error: b sbatch: c; Invalid job array specification') // biome-ignore format: short
  expect([readRefusal(255, ''), readRefusal(255, ' \n'), readRefusal(255, 'sbatch: error: x\n')]).toEqual(['sbatch exited with code 255', 'sbatch exited with code 255', 'x']) // biome-ignore format: short
  expect([readRefusal(1, 'sbatch: error: slow'), readRefusal(0, ''), readRefusal(254, 'x')]).toEqual([null, null, null])
  const full = ['QOSMaxSubmitJobPerUserLimit', 'job submit limit', 'MaxJobCount', 'max_submit_jobs', 'no room', '']
  expect(full.map(isFullRefusal)).toEqual([true, true, true, true, false, false])
})
