import { appendFileSync, cpSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { openRun } from '@hotcb/run/node'
import { describe, expect, test } from 'vitest'
import { readNotifyLine } from '../src/index.ts'
import { temporaryDirectory } from './directory.ts'
import { ended, startProgram, usePrograms } from './program.ts'
import { type StandIn, startHttp } from './stand-ins/http-server.ts'
import { logOf, report, watch } from './watching.ts'

usePrograms('trainer')

const ENV = { SIGNING: 'signing-secret' }

function config(http: StandIn, rules: string): string {
  return `channels:\n  hook: {kind: webhook, url: "${http.url}/", secret: env:SIGNING}\nrules:\n${rules}`
}

const ALL_STATES = ['finished', 'stopped', 'failed', 'lost', 'superseded', 'paused', 'frozen', 'stalled', 'silent']
  .map((on) => `  - {on: ${on}}\n`)
  .join('')

/** The messages that the webhook received, as `rule phase: text`. */
function told(http: StandIn): readonly string[] {
  return http.requests.map(({ body }) => {
    const { rule, phase, text } = JSON.parse(body)
    return `${rule} ${phase}: ${text}`
  })
}

/** Copies the files of a run whose trainer is gone to another directory. */
function copyOf(dir: string): string {
  const copy = temporaryDirectory()
  cpSync(dir, copy, { recursive: true })
  rmSync(join(copy, 'hotcb.notify.jsonl'), { force: true })
  return copy
}

function ask(dir: string, op: string): void {
  openRun(dir).send([{ module: 'core', op }], { source: 'test' })
}

describe('the notifier of a run', () => {
  test('reports a pause, its end, a freeze and a stop, each once', async () => {
    const [dir, http] = [temporaryDirectory(), await startHttp()]
    await startProgram('trainer', [dir])
    const watching = await watch(dir, config(http, ALL_STATES), { env: ENV })
    await watching.look()
    expect(told(http)).toEqual([])
    for (const [op, count] of [
      ['pause', 1],
      ['resume', 2],
      ['freeze', 3],
      ['unfreeze', 4],
      ['stop', 5],
    ] as const) {
      // biome-ignore format: pairs
      if (op === 'freeze') openRun(dir).send([{ module: 'core', op, mode: 'prod' }], { source: 'test' })
      else ask(dir, op)
      await watching.lookUntil(() => http.requests.length >= count)
      await watching.look()
    }
    expect(told(http)).toEqual([
      expect.stringMatching(/^paused opened: the run is paused at step \d+$/),
      expect.stringMatching(/^paused recovered: no longer: the run is paused at step \d+$/),
      'frozen opened: the run is frozen: prod',
      'frozen recovered: no longer: the run is frozen: prod',
      expect.stringMatching(/^stopped opened: the run was stopped at step \d+$/),
    ])
  })

  test('reports a trainer that was killed, and the one that replaces it', async () => {
    const [dir, http] = [temporaryDirectory(), await startHttp()]
    const trainer = await startProgram('trainer', [dir])
    const watching = await watch(dir, config(http, ALL_STATES), { env: ENV })
    await watching.look()
    await ended(trainer, 'SIGKILL')
    await watching.lookUntil(() => http.requests.length >= 1)
    await startProgram('trainer', [dir])
    await watching.lookUntil(() => http.requests.length >= 3)
    expect(told(http)).toEqual([
      expect.stringMatching(
        new RegExp(`^failed opened: its process ${trainer.pid} is gone, and the run was not closed`),
      ),
      'superseded opened: attempt 2 has taken over the run from attempt 1',
      expect.stringMatching(/^failed recovered/),
    ])
  })

  test('reports nothing from the history, however many problems it contains', async () => {
    const [dir, http] = [temporaryDirectory(), await startHttp()]
    const trainer = await startProgram('trainer', [dir])
    report(dir, 0, 'loss', ...Array.from({ length: 5000 }, (_, i) => (i % 100 === 99 ? null : 100 + i)))
    ask(dir, 'pause')
    const before = await watch(
      dir,
      config(http, `${ALL_STATES}  - {on: gt, metric: loss, value: 1}\n  - {on: diverged}\n`),
      { env: ENV },
    )
    await before.close()
    await ended(trainer, 'SIGKILL')
    const watching = await watch(
      copyOf(dir),
      config(http, `${ALL_STATES}  - {on: nan}\n  - {on: gt, metric: loss, value: 1}\n`),
      { env: ENV },
    )
    for (let i = 0; i < 5; i++) await watching.look()
    expect(told(http)).toEqual([])
    // Records that arrive now are not history.
    report(watching.notifier.dir, 6000, 'loss', 7)
    await watching.look()
    expect(told(http)).toEqual(['gt loss opened: 7 > 1'])
  })

  test('that restarts reports changes in the meantime once, and repeats nothing', async () => {
    const [dir, http] = [temporaryDirectory(), await startHttp()]
    await startProgram('trainer', [dir])
    const rules = `${ALL_STATES}  - {on: gt, metric: loss, value: 1}\n`
    const first = await watch(dir, config(http, rules), { env: ENV })
    await first.look()
    report(dir, 1, 'loss', 3)
    await first.look()
    await first.close()
    ask(dir, 'pause')
    await openRun(dir).waitFor(
      { count: 1, marks: ['pause'], isAnswer: ({ op }) => op === 'pause' },
      { from: 0, timeoutMs: 60_000 },
    )
    const second = await watch(dir, config(http, rules), { env: ENV })
    report(dir, 2, 'loss', 4)
    await second.lookUntil(() => http.requests.length >= 2)
    await second.look()
    expect(told(http)).toEqual(['gt loss opened: 3 > 1', expect.stringMatching(/^paused opened/)])
    await second.close()
    // Two hours later, all of this is history.
    const ago = Date.now() / 1000 - 7200
    utimesSync(join(dir, 'hotcb.notify.jsonl'), ago, ago)
    ask(dir, 'resume')
    const third = await watch(dir, config(http, rules), { env: ENV })
    for (let i = 0; i < 5; i++) await third.look()
    expect(http.requests).toHaveLength(2)
  })

  test('judges metrics, expressions and plain thresholds, and fills in templates', async () => {
    const [dir, http] = [temporaryDirectory(), await startHttp()]
    await startProgram('trainer', [dir])
    const rules = `  - {on: diverged}
  - {id: mine, when: "val_acc < 0.5 and count(val_acc) >= 3", template: "{run} {because} [{level}] {{metric}} {value}"}
  - {on: lte, metric: val/acc, value: 0.4, for: 2 steps, template: "{metric} fell to {value} at step {step}"}
  - {id: jump, on: spike, metric: loss, value: 5, window: 3}
`
    const watching = await watch(dir, config(http, rules), { env: ENV })
    await watching.look()
    report(dir, 0, 'loss', 1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.5, 0.4, 0.4, 0.3, 0.3, null)
    report(dir, 20, 'val/acc', 0.45, 0.4, 0.39, 0.38)
    await watching.look()
    report(dir, 30, 'loss', 0.3, 0.3, 9)
    await watching.look()
    const name = dir.split('/').at(-1)
    expect(told(http)).toEqual([
      'diverged opened: not finite at step 11',
      // Braces in a value, or around a field, have no meaning.
      `mine opened: ${name} val_acc < 0.5 and count(val_acc) >= 3 (val/acc 0.39) [warning] {} `,
      'lte val/acc opened: val/acc fell to 0.38 at step 23',
      'jump opened: 9 is 8.7 away from the mean 0.3',
      'diverged recovered: no longer: not finite at step 11',
    ])
  })

  test('is the only one of a run, and reports nothing more after another one has taken over', async () => {
    const [dir, http] = [temporaryDirectory(), await startHttp()]
    await startProgram('trainer', [dir])
    const yaml = config(http, ALL_STATES)
    const first = await watch(dir, yaml, { env: ENV })
    await first.look()
    await expect(watch(dir, yaml, { env: ENV })).rejects.toThrow(/is held by notifier \(process \d+/)
    const second = await watch(dir, yaml, { env: ENV, takeOver: true })
    ask(dir, 'pause')
    await second.lookUntil(() => http.requests.length >= 1)
    expect(first.notifier.look()).toBe(false)
    expect(first.troubles).toEqual([expect.stringContaining('another notifier has taken over')])
    expect(told(http)).toHaveLength(1)
  })

  test('resends messages that were due when it was killed, and drops those older than an hour', async () => {
    const [dir, http] = [temporaryDirectory(), await startHttp()]
    await startProgram('trainer', [dir])
    const message = { title: 't', text: 'x', level: 'info', run: 'r', step: 1, rule: 'r', phase: 'opened', metric: null, value: null, action: null } // biome-ignore format: one line of a log
    const due = (id: string, age: number, channel = 'hook'): string =>
      `${JSON.stringify({ kind: 'notify', ts: Date.now() / 1000 - age, data: { id, key: 'k', channel, state: 'due', tries: 0, message, reason: null, ref: null } })}\n`
    const sent = `${JSON.stringify({ kind: 'notify', ts: 1, data: { id: 'told', key: 'k', channel: 'hook', state: 'sent', tries: 1, message: null, reason: null, ref: null } })}\n`
    appendFileSync(
      join(dir, 'hotcb.notify.jsonl'),
      `${due('told', 5)}${due('young', 5)}${due('old', 4000)}${due('gone', 5, 'other')}${sent}{"kind":"notify","torn`,
    )
    const watching = await watch(dir, config(http, ALL_STATES), { env: ENV })
    await watching.look()
    expect(http.requests.map(({ headers }) => headers['hotcb-delivery'])).toEqual(['young'])
    const lines = logOf(dir).map((line) => readNotifyLine(line))
    const dropped = lines.flatMap((line) => (line?.kind === 'notify' && line.state === 'dropped' ? [line] : []))
    expect(dropped.map(({ id, reason }) => [id, reason])).toEqual([
      ['old', 'older than an hour'],
      ['gone', 'the channel no longer exists'],
    ])
  })
})
