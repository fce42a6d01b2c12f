import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type NotifyLine, type Phase, readNotifyLine } from '../src/index.ts'
import { temporaryDirectory } from './directory.ts'
import { ended, startProgram, usePrograms } from './program.ts'
import { startHttp } from './stand-ins/http-server.ts'
import { logOf, report } from './watching.ts'

usePrograms('trainer', 'notifier')

const KILLS = Number(process.env['HOTCB_KILLS'] ?? 12)

/** Returns numbers in [0, 1) that depend only on the seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

test('a notifier that is killed at any moment repeats no message, except one that was being sent when it was killed', {
  timeout: 900_000 + KILLS * 4000,
}, async () => {
  const seed = Number(process.env['HOTCB_SEED'] ?? 3)
  const draw = random(seed)
  const [dir, http] = [temporaryDirectory(), await startHttp()]
  writeFileSync(
    join(dir, 'hotcb.notify.yaml'),
    `channels:
  hook: {kind: webhook, url: "${http.url}/", secret: env:SIGNING}
rules:
  - {on: gt, metric: loss, value: 1, cooldown: 0s}
limits: {per_hour: 100000}
`,
    { mode: 0o600 },
  )
  const env = { SIGNING: 'signing-secret' }
  const linesOf = (): readonly NotifyLine[] => logOf(dir).flatMap((line) => readNotifyLine(line) ?? [])
  const idsIn = (state: string): readonly string[] =>
    linesOf().flatMap((line) => (line.kind === 'notify' && line.state === state ? [line.id] : []))
  const edges = (): readonly Phase[] => linesOf().flatMap((line) => (line.kind === 'edge' ? [line.phase] : []))
  const received = (): readonly string[] =>
    http.requests.flatMap(({ headers }) =>
      headers['hotcb-delivery'] === undefined ? [] : [String(headers['hotcb-delivery'])],
    )
  /** Reads what a killed process has sent and may still be in a socket. */
  const settle = async (): Promise<void> => {
    await fetch(`${http.url}/barrier`)
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  }

  await startProgram('trainer', [dir])
  const within = new Set<string>()
  let step = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const notifier = await startProgram('notifier', [dir], env)
    const [before, told] = [http.requests.length, edges().length]
    // With at least two values, an edge opens or closes, whatever the killed ones have read.
    const length = 2 + Math.floor(draw() * 7)
    for (let i = 0; i < length; i++) report(dir, step, 'loss', step++ % 2 === 0 ? 3 : 0)
    // A notifier checks twice a second. Some are killed before the first check, most while they are sending.
    if (kill % 4 !== 0) {
      await expect.poll(() => edges().length, { interval: 2 }).toBeGreaterThan(told)
      await http.until(before + Math.floor(draw() * 2))
    }
    await ended(notifier, 'SIGKILL')
    await settle()
    const confirmed = idsIn('sent')
    for (const id of received()) if (!confirmed.includes(id)) within.add(id)
  }
  const last = await startProgram('notifier', [dir], env)
  const isAllSent = (): boolean => new Set(idsIn('due')).size === new Set(idsIn('sent')).size
  await expect.poll(isAllSent, { interval: 100 }).toBe(true)
  await ended(last, 'SIGTERM')

  const counts = new Map<string, number>()
  for (const id of received()) counts.set(id, (counts.get(id) ?? 0) + 1)
  const twice = [...counts].filter(([, count]) => count > 1).map(([id]) => id)
  expect({ seed, twice: twice.filter((id) => !within.has(id)) }).toEqual({ seed, twice: [] })
  // No message that was recorded as due is lost, and an edge opens and closes alternately.
  expect(new Set(received())).toEqual(new Set(idsIn('due')))
  const phases = edges()
  expect(phases.length).toBeGreaterThan(KILLS)
  expect(phases.filter((phase, i) => phase === phases[i - 1])).toEqual([])
})
