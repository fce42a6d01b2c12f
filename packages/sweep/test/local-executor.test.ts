import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { LocalOptions } from '../src/config/config.ts'
import type { Chunk, OpenAttempt } from '../src/executor/executor.ts'
import { localExecutor } from '../src/node/local-executor.ts'
import { readMarks } from '../src/node/marks.ts'
import { workspacePaths } from '../src/node/paths.ts'

const OPTIONS: LocalOptions = {
  ...{ maxConcurrent: 3, cpusPerTask: 1, gpusPerTask: 0, memPerTask: null, gpus: ['0', '1'], killWait: 1 },
}
const open = (i: number, gpus = ''): OpenAttempt => ({
  ...{ i, n: 1, sid: 's', task: i, job: '7', at: 1, seen: 'running', r: 0, facts: gpus === '' ? {} : { gpus } },
})

function setUp(options: Partial<LocalOptions> = {}, onExit?: () => void) {
  const root = mkdtempSync(join(tmpdir(), 'local-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const paths = workspacePaths(root)
  return { root, paths, executor: localExecutor(paths, { ...OPTIONS, ...options }, onExit) }
}

test('there are as many places as trials may run at a time, each with its own GPUs', async () => {
  const places = async (options: Partial<LocalOptions>, ...attempts: readonly OpenAttempt[]) => {
    const limits = await setUp(options).executor.limits(attempts)
    return limits.answered && limits.value.places?.map(({ gpus }) => gpus)
  }
  expect(await setUp().executor.limits([open(0)])).toEqual({
    answered: true,
    value: { places: [{ gpus: '' }, { gpus: '' }], chunk: 1, maxTask: Number.MAX_SAFE_INTEGER, signSeconds: 15 },
  })
  expect(await places({}, open(0), open(1), open(2))).toEqual([])
  expect(await places({}, open(0), open(1), open(2), open(3))).toEqual([])
  // Two GPUs, each used as a whole.
  expect(await places({ gpusPerTask: 1 })).toEqual(['0', '1'])
  expect(await places({ gpusPerTask: 1 }, open(0, '0'))).toEqual(['1'])
  expect(await places({ gpusPerTask: 2 })).toEqual(['0,1'])
  expect(await places({ gpusPerTask: 2 }, open(0, '0,1'))).toEqual([])
  // A partly used GPU is filled first.
  expect(await places({ gpusPerTask: 0.5 }, open(0, '1'))).toEqual(['1', '0'])
  expect(await places({ gpusPerTask: 0.5, maxConcurrent: 9 })).toHaveLength(4)
  // A trial on a GPU that is no longer in the config still needs a place.
  expect(await places({ gpusPerTask: 1 }, open(0, '7'))).toEqual(['0'])
  expect(await places({ maxConcurrent: null, cpusPerTask: availableParallelism() })).toHaveLength(1)
  expect(await places({ maxConcurrent: null, cpusPerTask: 2 * availableParallelism() })).toHaveLength(1)
  expect(await places({ memPerTask: 1e18 })).toHaveLength(1)
})

function chunkOf(root: string, launcher: string, i = 4): Chunk {
  writeFileSync(join(root, `l-${i}.sh`), `#!/bin/bash\n${launcher}\n`, { mode: 0o755 })
  const env = {
    HYPERHERD_WORKSPACE: root,
    HYPERHERD_TRIAL_ID: String(i),
    HYPERHERD_ATTEMPT: '1',
    HYPERHERD_GPUS: '',
    HYPERHERD_LAUNCHER: join(root, `l-${i}.sh`),
    HYPERHERD_OVERRIDES: 'x=1',
    HOTCB_RUN_DIR: join(root, '.hyperherd/results', String(i)),
  }
  return { sid: 's', attempts: [{ i, n: 1, task: i, place: { gpus: '' }, env }], throttle: null, slurm: null }
}

test('an attempt is a process with logs and marks, and its end is reported immediately', async () => {
  const onExit = vi.fn()
  const { root, paths, executor } = setUp({}, onExit)
  mkdirSync(join(paths.results, '4'), { recursive: true })
  writeFileSync(join(paths.results, '4/_signal'), 'prune')
  writeFileSync(join(root, '.env'), 'FROM_FILE=yes\n')
  const sent = await executor.submit(chunkOf(root, 'echo "$1 $FROM_FILE"; echo oh >&2; exit 3'))
  await vi.waitFor(() => expect(onExit).toHaveBeenCalledTimes(1), { timeout: 300_000 })
  const { begun, ended } = readMarks(paths.marks).get('4-1') ?? {}
  expect(sent).toEqual({ answered: true, value: { kind: 'sent', job: String(begun?.kind === 'local' && begun.pid) } })
  expect([ended?.r, ended?.code, ended?.cause]).toEqual([0, 3, null])
  expect(existsSync(join(paths.results, '4/_signal'))).toBe(false)
  const log = (ending: string): string => readFileSync(join(paths.logs, `4.${ending}`), 'utf8')
  expect(log('out').trim().split('\n').at(-1)).toBe('x=1 yes')
  expect(log('err').trim().split('\n').at(-1)).toBe('oh')
  const found = await executor.find([
    { sid: 's', at: 1, attempts: [[4, 1]] },
    { sid: 't', at: 1, attempts: [[5, 1]] },
  ])
  expect(found.answered && [...found.value]).toEqual([
    ['s', sent.answered && { kind: 'sent', job: sent.value.kind === 'sent' && sent.value.job }],
    ['t', { kind: 'absent' }],
  ])
  const none = await executor.find([])
  expect(none.answered && none.value.size).toBe(0)
  const observed = await executor.observe([{ ...open(4), seen: null }])
  expect(observed.silent).toEqual([])
  expect(observed.rows.map((row) => [...row.slice(0, 4), row[4].code])).toEqual([[4, 1, 0, 'failed', 3]])
})

test('TERM asks an attempt to stop, KILL ends it, and other attempts are not affected', async () => {
  const onExit = vi.fn()
  const { root, paths, executor } = setUp({}, onExit)
  const begun = (i: number) => readMarks(paths.marks).get(`${i}-1`)?.begun
  await executor.submit(chunkOf(root, 'echo started; sleep 600 & wait $!; exit 0'))
  await executor.submit(chunkOf(root, 'echo started; sleep 600 & wait $!; exit 0', 5))
  const log = (i: number): string => readFileSync(join(paths.logs, `${i}.out`), 'utf8')
  await vi.waitFor(() => expect([log(4), log(5)].every((text) => text.endsWith('started\n'))).toBe(true), { timeout: 300_000 }) // biome-ignore format: short
  expect([begun(4)?.kind, begun(5)?.kind]).toEqual(['local', 'local'])
  symlinkSync('slurm:7_1:n1:5', join(paths.marks, '0/6-1'))
  expect(await executor.cancel([open(3), open(4), open(6)], false)).toEqual({ answered: true, value: [[4, 1]] })
  await vi.waitFor(() => expect(onExit).toHaveBeenCalledTimes(1), { timeout: 300_000 })
  expect(readMarks(paths.marks).get('4-1')?.ended?.code).toBe(143)
  expect(readMarks(paths.marks).get('5-1')?.ended).toBe(null)
  expect(await executor.cancel([open(5)], true)).toEqual({ answered: true, value: [[5, 1]] })
  await vi.waitFor(() => expect(onExit).toHaveBeenCalledTimes(2), { timeout: 300_000 })
  // KILL leaves no time to write a mark.
  expect(readMarks(paths.marks).get('5-1')?.ended).toBe(null)
  expect(await executor.cancel([open(4), open(5)], true)).toEqual({ answered: true, value: [] })
  expect((await executor.observe([open(5)])).rows.map(([i, , , state, { reason }]) => [i, state, reason])).toEqual([[5, 'failed', 'killed']]) // biome-ignore format: short
})
