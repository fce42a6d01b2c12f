import { expect, test } from 'vitest'
import { arraySpec, readTaskId } from '../src/slurm/array-spec.ts'
import { elapsedSeconds, readSacct, readSqueue, slurmBytes } from '../src/slurm/rows.ts'
import { readSlurmState } from '../src/slurm/states.ts'
import { readJobNumber, readRefusal } from '../src/slurm/submit-answer.ts'

test('an array spec joins runs of task numbers', () => {
  expect(arraySpec([5, 0, 1, 2, 3, 7, 8, 9, 3])).toBe('0-3,5,7-9')
})

test('an id names one task, a list, or all tasks if the list was cut off', () => {
  expect(readTaskId('28_3')).toEqual({ job: '28', tasks: [3], isBare: false })
  expect(readTaskId('28_[1-3,9,10-14:2%4]')).toEqual({ job: '28', tasks: [1, 2, 3, 9, 10, 12, 14], isBare: false })
  expect(readTaskId('56_[1,4-5,9,1')).toEqual({ job: '56', tasks: null, isBare: false })
  expect(readTaskId('56_[1,4-5,...,90]')).toEqual({ job: '56', tasks: null, isBare: false })
  expect(readTaskId('28')).toEqual({ job: '28', tasks: null, isBare: true })
  expect(readTaskId('28_3.batch')).toBeUndefined()
})

test('a state is recognized by its first word', () => {
  expect(readSlurmState('CANCELLED by 501')).toEqual({ state: 'cancelled' })
  expect(readSlurmState('OUT_OF_MEMORY')).toEqual({ state: 'failed', reason: 'oom' })
  expect(readSlurmState('REQUEUED')).toEqual({ state: 'queued' })
  expect(readSlurmState('constructor')).toBeUndefined()
})

test('lines that are cut off, and lines about steps, are ignored', () => {
  const [row, ...more] = readSqueue('7_1|RUNNING|None|1795300000|1795300009|n1|a|b\n7_2|RUN\n7_')
  expect(more).toEqual([])
  expect(row).toMatchObject({
    id: { job: '7', tasks: [1], isBare: false },
    state: { state: 'running' },
    begun: 1795300009,
    jobName: 'a|b',
  })
  const rows = readSacct('7_1|TIMEOUT|1795300000|1795300009|Unknown|None|n1|x\n7_1.batch|CANCELLED|||||n1|batch\n')
  expect(rows.map(({ word, ended }) => [word, ended])).toEqual([['TIMEOUT', null]])
})

test("memory and times are read in the accounting's formats", () => {
  expect([slurmBytes('2097152K'), slurmBytes('4Gn'), slurmBytes('?')]).toEqual([2 ** 31, 2 ** 32, null])
  expect([elapsedSeconds('1-00:10:05'), elapsedSeconds('00:03'), elapsedSeconds('00:00:01.5')]).toEqual([
    87_005,
    3,
    null,
  ])
})

test('the job number is on the last line that contains one', () => {
  expect(readJobNumber('sbatch: welcome\n7001;cluster\n')).toBe('7001')
  expect(readJobNumber('Submitted batch job 12\n')).toBe('12')
  expect(readJobNumber('job 12 was considered\n')).toBeUndefined()
})

test('only known messages prove that nothing was submitted', () => {
  const partition = 'sbatch: error: invalid partition specified: nope\n'
  expect(readRefusal(1, partition)).toBe('invalid partition specified: nope')
  expect(readRefusal(255, "sbatch: unrecognized option '--bogus'\n")).toContain('--bogus')
  expect(
    readRefusal(1, 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation'),
  ).toBeNull()
  expect(readRefusal(null, '')).toBeNull()
})
