import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { runTrainFn } from '../src/node/run-train-fn.ts'
import { temporaryDirectory } from './live-run.ts'

/** The lines on the error stream, which is written past `process.stderr`. */
const said = vi.hoisted((): string[] => [])
vi.mock('@hotcb/protocol/node', () => ({ warn: (line: string) => void said.push(line) }))

const ENV = { HOTCB_RUN_DIR: '/runs/a', HOTCB_MAX_STEPS: '20', HOTCB_STEP_DELAY: '0.5', HOTCB_SEED: '7' }

/** Calls a function in a module. Returns the exit code and the text on the error stream. */
async function call(code: string, { name = 'train', file = 'm.mjs', env = ENV as NodeJS.ProcessEnv } = {}) {
  const path = join(temporaryDirectory(), file)
  writeFileSync(path, code)
  said.splice(0)
  return { exitCode: await runTrainFn(path, name, env), said: said.join('\n'), path }
}

const calls: unknown[] = []
Object.assign(globalThis, { hotcbTestCalls: calls })
const RECORD = 'globalThis.hotcbTestCalls.push(given)'

function lastCall(): unknown {
  return calls.splice(0).at(-1)
}

describe('a train function', () => {
  test.each([
    ['m.mjs', `export async function train(given) { ${RECORD} }`],
    ['m.mjs', `export default { train: (given) => ${RECORD} }`],
    [
      'm.ts',
      `export const train = (given: object): void => void Reflect.get(globalThis, 'hotcbTestCalls').push(given)`,
    ],
    ['m.mts', `export function train(given: object) { Reflect.get(globalThis, 'hotcbTestCalls').push(given) }`],
  ])('in %s with `%s` gets its arguments', async (file, code) => {
    expect(await call(code, { file })).toMatchObject({ exitCode: 0, said: '' })
    expect(lastCall()).toEqual({
      ...{ runDir: '/runs/a', maxSteps: 20, stepDelaySeconds: 0.5, seed: 7, resume: false },
      signal: expect.any(AbortSignal),
    })
  })

  test('is informed whether it continues, and has `.` as its default directory', async () => {
    await call(`export function train(given) { ${RECORD} }`, { env: { HOTCB_RESUME: '1' } })
    expect(lastCall()).toMatchObject({ resume: true, runDir: '.' })
    await call(`export function train(given) { ${RECORD} }`, { env: { ...ENV, HOTCB_RESUME: '0' } })
    expect(lastCall()).toMatchObject({ resume: false })
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('is awaited, and ends at %s if it listens to its signal', async (name) => {
    const code = `export function train({ signal }) {
      globalThis.hotcbTestCalls.push(signal)
      return new Promise((resolve) => { signal.onabort = resolve })
    }`
    const called = call(code)
    await expect.poll(() => calls.length).toBe(1)
    const signal = lastCall() as AbortSignal
    expect(signal.aborted).toBe(false)
    process.emit(name, name)
    expect((await called).exitCode).toBe(0)
    expect(signal.reason).toBe(name)
  })

  test('that throws is a failure, reported with the position of the error', async () => {
    const { exitCode, said, path } = await call("export async function train() { throw new Error('no data') }")
    expect(exitCode).toBe(1)
    expect(said).toContain('no data')
    expect(said).toContain(path)
  })

  test('that throws a value other than an error is a failure too', async () => {
    expect(await call("export function train() { throw 'no data' }")).toMatchObject({
      exitCode: 1,
      said: expect.stringContaining('no data'),
    })
  })

  test.each([
    ['export const other = 1', 'it exports none'],
    ['export function trian() {}', 'did you mean `trian`?'],
    ['export function a() {}; export const b = () => 1; export const c = 1', 'it exports a, b'],
    ['export const train = 5; export const fit = () => 1', 'it exports fit'],
    ['export default 7', 'it exports none'],
  ])('that is not exported by `%s` is refused: %s', async (code, hint) => {
    const { exitCode, said, path } = await call(code)
    expect(exitCode).toBe(1)
    expect(said).toContain(`\`${path}\` exports no function \`train\`: ${hint}`)
  })

  test('in a module that is invalid or missing is a failure', async () => {
    expect((await call('export function train( {')).exitCode).toBe(1)
    expect(await runTrainFn('/nowhere.mjs', 'train', {})).toBe(1)
  })
})
