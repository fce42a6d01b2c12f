import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { openKernel } from '@hotcb/kernel/node'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { runDemo, type Screen } from '../src/index.ts'
import { document, ledger, metrics, paper, temporaryDir } from './run-support.ts'

// Stand-ins for the listeners to the signals of this process.
const held = vi.hoisted(() => ({
  ...{ first: (_: NodeJS.Signals): void => undefined, again: (): void => undefined },
  ...{ signal: null as NodeJS.Signals | null, released: 0, ms: [] as number[] },
}))
vi.mock('../src/run/interrupt.ts', () => ({
  catchInterrupt(on: { first: (signal: NodeJS.Signals) => void; again: () => void }, nowMs: () => number) {
    Object.assign(held, on)
    held.ms.push(nowMs())
    return {
      get signal() {
        return held.signal
      },
      release: () => void held.released++,
    }
  },
}))
vi.mock('../src/run/refuse-trained.ts', async (load) => ({
  ...(await load<typeof import('../src/run/refuse-trained.ts')>()),
  newOwner: async (dir: string) => `the owner of ${dir}`,
}))

beforeEach(() => {
  held.signal = null
  held.released = 0
})

function interrupt(signal: NodeJS.Signals): void {
  held.signal = signal
  held.first(signal)
}

/** A screen that does something once, as soon as a text appears on it. */
function screenWith(text: string, act: () => void): Screen & { text(): string } {
  const screen = paper()
  let isDone = false
  return {
    ...screen,
    write(more) {
      screen.write(more)
      if (isDone || !screen.text().includes(text)) return
      isDone = true
      act()
    },
  }
}

test('ctrl-c saves a checkpoint at the next safe point, and ends the run with exit code 130', async () => {
  const dir = temporaryDir()
  const screen = screenWith('10 of 50 done', () => interrupt('SIGINT'))
  expect(await runDemo({ dir, maxSteps: 50, screen, command: 'hotcb' })).toBe(130)
  const lines = screen.text().split('\n')
  const at = lines.indexOf('Ctrl-C: saving a checkpoint. Press it again to exit without one.')
  expect(lines[at - 1]).toMatch(/^10 of 50 done /)
  expect(screen.text()).toContain('\nStopped at step 11: ')
  expect(screen.text()).toContain(`\nCheckpoint: step-11\nTo continue:  hotcb demo --dir ${dir} --continue\n`)
  expect(readdirSync(join(dir, 'hotcb.checkpoints'))).toEqual(['step-11'])
  expect(ledger(dir).at(-1)).toMatchObject({ op: 'checkpoint', source: 'trainer' })
  expect(document(dir, 'hotcb.run.json')).toMatchObject({ stopped_early: true })
  expect(held.released).toBe(1)
  expect(Number.isFinite(held.ms.at(-1))).toBe(true)
})

test('a signal before the first step is announced, and nothing is trained', async () => {
  const dir = temporaryDir()
  const screen = paper()
  const serve = async () => {
    interrupt('SIGTERM')
    return { address: 'http://127.0.0.1:1', notes: [], close: async () => undefined }
  }
  expect(await runDemo({ dir, maxSteps: 50, screen, serve, keep: true })).toBe(130)
  expect(screen.text().split('\n')[0]).toBe('SIGTERM: saving a checkpoint.')
  expect(screen.text()).toContain('\nStopped at step 0: ')
  // The dashboard of a run that was interrupted is not kept.
  expect(screen.text()).not.toContain('The dashboard keeps running')
})

test('a second ctrl-c ends the process without a checkpoint, with the command to continue', async () => {
  const dir = temporaryDir()
  const exit = vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}`)
  })
  onTestFinished(() => exit.mockRestore())
  const screen = screenWith('10 of 50 done', () => held.again())
  await expect(runDemo({ dir, maxSteps: 50, screen, command: 'hotcb' })).rejects.toThrow('exit 130')
  expect(screen.text().split('\n').at(-2)).toBe(
    `Exited without saving. To continue:  hotcb demo --dir ${dir} --continue`,
  )
  expect(held.released).toBe(1)
})

test('a run that another process takes over ends with an error that names the owner', async () => {
  const dir = temporaryDir()
  const screen = screenWith('10 of 50 done', () => {
    const other = openKernel(dir, { modules: [] })
    onTestFinished(() => other.close())
    other.apply({ step: 10 }, [])
  })
  await expect(runDemo({ dir, maxSteps: 50, stepDelaySeconds: 0.001, screen })).rejects.toMatchObject({
    ...{ name: 'DemoError', code: 'bad-run' },
    message: `the owner of ${dir} has taken over \`${dir}\`: this process stops`,
  })
  expect(document(dir, 'hotcb.run.json')).toMatchObject({ completed_at: null })
})

test('with `keep`, the dashboard is shown until an interrupt, and then closed', async () => {
  const dir = temporaryDir()
  const closed: string[] = []
  const before = ['SIGINT', 'SIGTERM'].map((signal) => process.listenerCount(signal))
  const screen = screenWith('The dashboard keeps running until you press Ctrl-C.\n', () => {
    expect(closed).toEqual([])
    expect(['SIGINT', 'SIGTERM'].map((signal) => process.listenerCount(signal))).toEqual(before.map((n) => n + 1))
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const listener = process.listeners(signal).at(-1)
      listener?.(signal)
      if (listener !== undefined) process.off(signal, listener)
    }
  })
  const serve = async () => ({ address: 'http://a', notes: ['x\u0007y'], close: async () => void closed.push('yes') })
  expect(await runDemo({ dir, maxSteps: 5, screen, serve, keep: true })).toBe(0)
  expect(closed).toEqual(['yes'])
  expect(screen.text()).toMatch(/^Dashboard: http:\/\/a\n\(`--no-serve` trains without it\.\)\nx\ufffdy\n/)
  expect(metrics(dir)).toHaveLength(5)
})

test('a run without a dashboard has nothing to keep', async () => {
  const screen = paper()
  expect(await runDemo({ dir: temporaryDir(), maxSteps: 2, screen, keep: true })).toBe(0)
  expect(screen.text()).not.toContain('dashboard')
  expect(screen.text()).not.toContain('Dashboard')
})
