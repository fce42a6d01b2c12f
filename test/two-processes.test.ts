import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { onTerminal } from './pseudo-terminal.ts'
import { removeDirectory } from './remove-directory.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const HOTCB = join(ROOT, 'apps/cli/bin/hotcb.js')

test('a second terminal shows at which step a change took effect, as does the ledger', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-two-'))
  try {
    const demo = startDemo(['--dir', dir, '--max-steps', '2000', '--step-delay', '0.005'])
    // The command to try is taken from the output, as a person would.
    const line = await demo.said(/^ {2}(.* set lr=0\.01)$/m)
    await demo.said(/^ *200 of 2000 done/m)
    const { code, text } = await onTerminal(line, { cwd: ROOT })
    expect({ code, text }).toEqual({ code: 0, text: expect.stringMatching(/✓ lr 0\.05 → 0\.01 at step \d+ /) })
    const step = Number(/at step (\d+)/.exec(text)?.[1])

    await demo.said(new RegExp(`^step ${step}: lr 0\\.05 -> 0\\.01 `, 'm'))
    expect(linesOf(dir, 'hotcb.applied.jsonl').filter((entry) => entry['source'] === 'cli')).toMatchObject([
      { step, module: 'opt', op: 'set_params', decision: 'applied', source: 'cli', payload: { lr: 0.01 } },
    ])
    const log = await onTerminal(line.replace('set lr=0.01', 'log'), { cwd: ROOT })
    expect(log.text).toMatch(new RegExp(`\\b${step}\\b.*lr 0\\.05 → 0\\.01`))

    demo.interrupt()
    await demo.ended
    const rates = linesOf(dir, 'hotcb.metrics.jsonl').map((record) => [record['step'], rateOf(record)])
    expect(rates.filter(([at, rate]) => rate !== (Number(at) <= step ? 0.05 : 0.01))).toEqual([])
  } finally {
    removeDirectory(dir)
  }
})

test('a run that is interrupted ends cleanly with exit code 130, and can be continued', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-two-'))
  try {
    const args = ['--dir', dir, '--max-steps', '300', '--checkpoint-every', '50']
    const demo = startDemo([...args, '--step-delay', '0.1'])
    await demo.said(/^ *\d+ of 300 done/m)
    demo.interrupt()
    expect(await demo.ended).toBe(130)
    expect(JSON.parse(readFileSync(join(dir, 'hotcb.run.json'), 'utf8'))).toMatchObject({ stopped_early: true })
    expect(JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))).toMatchObject({ closed: true })
    expect(await startDemo([...args, '--continue', '--step-delay', '0']).ended).toBe(0)
    expect(linesOf(dir, 'hotcb.metrics.jsonl').map((record) => record['step'])).toEqual([...Array(300).keys()])
  } finally {
    removeDirectory(dir)
  }
})

interface Demo {
  /** Waits for output; returns the pattern's first group. */
  said(pattern: RegExp): Promise<string>
  interrupt(): void
  readonly ended: Promise<number | null>
}

function startDemo(args: readonly string[]): Demo {
  // As under `npm start` or `npx hotcb demo`.
  const env = { ...process.env, npm_execpath: 'npm' }
  const child = spawn(process.execPath, [HOTCB, 'demo', ...args], { cwd: ROOT, env })
  let text = ''
  let wake = (): void => undefined
  child.stderr.setEncoding('utf8').on('data', (more: string) => add(more))
  child.stdout.setEncoding('utf8').on('data', (more: string) => add(more))
  const add = (more: string): void => {
    text += more
    wake()
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  let isOver = false
  void ended.then(() => {
    isOver = true
    wake()
  })
  return {
    ended,
    interrupt: () => void child.kill('SIGINT'),
    async said(pattern) {
      for (;;) {
        const found = pattern.exec(text)
        if (found !== null) return found[1] ?? found[0]
        if (isOver) throw new Error(`the demo ended without printing ${pattern}: ${text}`)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

function linesOf(dir: string, name: string): Record<string, unknown>[] {
  const lines = readFileSync(join(dir, name), 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line))
}

function rateOf(record: Record<string, unknown>): unknown {
  // The demo writes `lr` with every step.
  return (record['metrics'] as Record<string, unknown>)['lr']
}
