import { describe, expect, test } from 'vitest'
import type { OpenAttempt } from '../src/executor/executor.ts'
import { type CallProgram, type ProgramCall, silence } from '../src/node/cluster/call-program.ts'
import { accountingPeriod } from '../src/node/slurm/ask-slurm.ts'
import { slurmUsage } from '../src/node/slurm/usage.ts'

// The accounting's information about attempts, read from texts. usage.test.ts runs the programs.

const attempt = (i: number, more: Partial<OpenAttempt> = {}): OpenAttempt => ({ i, n: 1, sid: 's', task: i, job: '7', at: 1000, seen: 'completed', r: 0, facts: {}, ...more }) // biome-ignore format: one attempt
const answered = (stdout: string, more: Partial<ProgramCall> = {}): ProgramCall => ({ code: 0, stdout, stderr: '', isMissing: false, ...more }) // biome-ignore format: short

function accounting(stdout: string, more: Partial<ProgramCall> = {}) {
  const calls: (readonly string[])[] = []
  const call: CallProgram = async (program, args) => {
    calls.push([program, ...args])
    return answered(stdout, more)
  }
  const idsIn = (at: number) => calls[at]?.[(calls[at]?.indexOf('-j') ?? 0) + 1]
  return { call, calls, idsIn }
}

describe('the resource usage', () => {
  test("consists of the task's time and the largest memory of its steps", async () => {
    const text = `7_3|COMPLETED|1-00:00:01|||4G
7_3.batch|COMPLETED|1-00:00:01|2048K|1024K|
7_3.0|COMPLETED|1-00:00:00|3M|2M|
7_30.batch|COMPLETED|1|9G|9G|
7_4|CANCELLED by 1||||
`
    const { call, calls, idsIn } = accounting(text)
    const said = await slurmUsage(call, [attempt(3), attempt(4), attempt(5)], 2000)
    expect(said).toEqual({
      answered: true,
      value: {
        unasked: 0,
        used: [
          { i: 3, n: 1, state: 'COMPLETED', elapsed: '1-00:00:01', elapsedSeconds: 86_401, maxRssBytes: 3 * 2 ** 20, aveRssBytes: 2 * 2 ** 20, reqMemBytes: 4 * 2 ** 30 },
          { i: 4, n: 1, state: 'CANCELLED', elapsed: null, elapsedSeconds: null, maxRssBytes: null, aveRssBytes: null, reqMemBytes: null },
        ], // biome-ignore format: a table
      },
    })
    expect([calls.length, idsIn(0), calls[0]?.[0]]).toEqual([1, '7_3,7_4,7_5', 'sacct'])
    expect(calls[0]).toEqual(expect.arrayContaining(['-S', `now-${1000 + 86_400}seconds`]))
  })

  test('is that of a whole list of tasks as long as they have no rows of their own', async () => {
    const { call } = accounting('7_[3-4]|PENDING|00:00:00|||1G\n8|PENDING|00:00:00|||2G\n')
    const said = await slurmUsage(call, [attempt(4), attempt(9), attempt(1, { job: '8' })], 2000)
    expect(said.answered && said.value.used.map(({ i, reqMemBytes }) => [i, reqMemBytes])).toEqual([[4, 2 ** 30], [1, 2 ** 31]]) // biome-ignore format: pairs
  })

  test('is queried for whole jobs if there are many attempts, and not for attempts that were never sent', async () => {
    const many = accounting('')
    await slurmUsage(
      many.call,
      Array.from({ length: 101 }, (_, i) => attempt(i)),
      2000,
    )
    expect(many.idsIn(0)).toBe('7')
    const none = accounting('')
    const unsent = [attempt(0, { job: null }), attempt(1, { job: '' })]
    expect(await slurmUsage(none.call, unsent, 2000)).toEqual({ answered: true, value: { used: [], unasked: 0 } })
    expect(none.calls).toEqual([])
  })

  test('is queried for failed attempts first, then for the most recently ended ones, as long as there is time', async () => {
    const { call, calls, idsIn } = accounting('')
    const all = Array.from({ length: 150 }, (_, i) => attempt(i, { seen: i === 5 ? 'failed' : 'completed', facts: { ended: i } })) // biome-ignore format: short
    const said = await slurmUsage(call, all, 2000, 0)
    expect([calls.length, said.answered && said.value.unasked]).toEqual([1, 50])
    expect(idsIn(0)?.split(',').slice(0, 3)).toEqual(['7_5', '7_149', '7_148'])
  })

  test('is unknown if the accounting does not answer, and the reason is reported', async () => {
    const { call } = accounting('', { code: 1, stderr: 'warning\nsacct: error: no connection\n\n' })
    expect(await slurmUsage(call, [attempt(0)], 2000)).toEqual({
      answered: false,
      why: 'sacct: sacct: error: no connection',
    })
  })
})

test('a program call without an answer is described with the known details', () => {
  const of = (more: Partial<ProgramCall>) => silence('squeue', answered('', { code: 3, ...more }))
  expect([of({}), of({ code: null }), of({ isMissing: true }), of({ stderr: 'a\nb\n' })]).toEqual([
    ...['squeue: exit code 3', 'squeue: no answer in time', '`squeue` is not installed here', 'squeue: b'],
  ])
  expect([accountingPeriod(0, 500), accountingPeriod(100, 500.2)]).toEqual([['-E', 'now'], ['-S', `now-${401 + 86_400}seconds`, '-E', 'now']]) // biome-ignore format: pairs
})
