import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { enqueue } from '../src/node.ts'
import { runProgram, start, usePrograms } from './program.ts'
import { acksOf, temporaryFolder } from './queue.ts'

usePrograms('trainer', 'runtimectl')

const COMMANDS = 200
const KILLS = Number(process.env['HOTCB_KILLS'] ?? 25)

/** Returns numbers in [0, 1) that are the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

interface Saved {
  readonly applied: readonly number[]
  readonly rate: number
}

test('each of two hundred commands is applied once and acked once while the trainer is killed and restarted at random', {
  timeout: 900_000 + KILLS * 2000,
}, async () => {
  const seed = Number(process.env['HOTCB_SEED'] ?? 5)
  const draw = random(seed)
  const dir = temporaryFolder()
  const [queue, checkpoint] = [join(dir, 'queue'), join(dir, 'checkpoint.json')]
  const asked: string[] = []
  let halved = 0
  let kills = 0
  let applied = 0

  async function ask(n: number): Promise<void> {
    // The real program starts a process, so only one command in five uses it.
    const [path, value] = n % 3 === 0 ? ['add-next', n - 1] : ['add', n]
    if (n % 5 === 0) {
      const { out, code } = await runProgram('runtimectl', ['-q', queue, path, String(value)])
      expect(code).toBe(0)
      asked.push(JSON.parse(out).id)
    } else asked.push(enqueue(queue, path, { args: [value] }).id)
    if (n % 20 === 7) {
      asked.push(enqueue(queue, 'halve').id)
      halved++
    }
    if (n % 20 === 11) asked.push(enqueue(queue, 'save').id)
  }

  async function live(ms: number): Promise<void> {
    const child = start('trainer', [queue, checkpoint])
    const closed = new Promise((resolve) => child.on('close', resolve))
    await new Promise((resolve) => child.stdout?.once('data', resolve))
    await new Promise((resolve) => setTimeout(resolve, ms))
    child.kill('SIGKILL')
    await closed
    kills++
  }

  while (kills < KILLS || applied < COMMANDS) {
    const living = live(draw() * 60)
    const count = Math.ceil((draw() * 2.2 * COMMANDS) / KILLS)
    for (let i = 0; i < count && applied < COMMANDS; i++) {
      await ask(applied++)
      await new Promise((resolve) => setTimeout(resolve, draw() * 4))
    }
    await living
  }
  asked.push(enqueue(queue, 'stop').id)
  const last = await runProgram('trainer', [queue, checkpoint])
  expect(last.code).toBe(0)

  const saved = JSON.parse(readFileSync(checkpoint, 'utf8')) as Saved
  const acks = acksOf(queue)
  expect({ seed, ids: acks.map(({ id }) => id) }).toEqual({ seed, ids: asked })
  expect(acks.filter(({ status }) => status !== 'applied')).toEqual([])
  expect({ seed, applied: saved.applied, rate: saved.rate }).toEqual({
    seed,
    applied: Array.from({ length: COMMANDS }, (_, n) => n),
    rate: 0.5 ** halved,
  })
})
