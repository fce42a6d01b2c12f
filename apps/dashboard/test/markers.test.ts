import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BUILT_IN_TABLE } from '@hotcb/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseLine } from '../src/server/ledger-reader.ts'
import { foldMarkers, isRoutine, NO_MARKERS } from '../src/shared/markers.ts'
import type { MarkerList } from '../src/shared/wire.ts'
import { ask, dashboard, emptyRun, eventually, listen, runList, temporaryRoot } from './fixture.ts'

test('markers that grow with pushed lines match those of the server, whenever the page connected', async () => {
  const entry = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ step: fc.nat(50), decision: fc.constantFrom('applied', 'applied', 'failed') }),
    },
    { weight: 1, arbitrary: fc.record({ cut: fc.boolean(), seam: fc.nat(50) }) },
  )
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), fc.nat(40), (entries, known) => {
      let attempt = 1
      const lines = entries.flatMap((made, at) => {
        if ('seam' in made) attempt++
        return parseLine('seam' in made ? opening(at, attempt, made) : change(at, attempt, made)) ?? []
      })
      expect(lines).toHaveLength(entries.length)
      const whole = foldMarkers(NO_MARKERS, lines)
      const here = foldMarkers(NO_MARKERS, lines.slice(0, known))
      expect(foldMarkers(here, lines.slice(here.lines))).toEqual(whole)
      const cut = (seq: number, step: number) =>
        entries.some((made, at) => at > seq && 'seam' in made && made.cut && step >= made.seam)
      const standing = (isApplied: boolean) =>
        entries.flatMap((made, at) =>
          'seam' in made || (made.decision === 'applied') !== isApplied || cut(at, made.step) ? [] : [at],
        )
      expect(whole.markers.map(({ seq }) => seq)).toEqual(standing(true))
      expect(whole.refused.map(({ seq }) => seq)).toEqual(standing(false))
    }),
    { numRuns: 300 },
  )
})

test('checkpoints that the trainer saves automatically are routine; those of people, and all changes, are not', () => {
  const save = { module: 'core', op: 'checkpoint', params: { tag: 'step-10' }, author: null, source: 'trainer' }
  const load = { ...save, params: { action: 'load', tag: 'step-10' } }
  const change = { ...save, module: 'opt', op: 'set_params' }
  const marks = [
    save,
    { ...save, params: null, source: 'autopilot' },
    { ...save, params: { action: 'drop', tag: 'a' } },
    { ...save, source: 'cli' },
    { ...save, author: 'ada' },
    load,
    change,
  ]
  expect(marks.map((mark) => isRoutine(mark, BUILT_IN_TABLE))).toEqual([true, true, true, false, false, false, false])
})

test('proposals and judgements of a tuner are routine; values that it sets and requests of a person are not', () => {
  const propose = { module: 'tune', op: 'propose', params: { m: 'm_00001' }, author: null, source: 'tune' }
  const marks = [
    propose,
    { ...propose, op: 'judge' },
    { ...propose, op: 'status' },
    { ...propose, module: 'opt', op: 'set_params', params: { lr: 0.1 } },
    { ...propose, op: 'accept', source: 'dashboard' },
    { ...propose, op: 'enable', source: 'trainer' },
    { ...propose, op: 'rescue' },
  ]
  expect(marks.map((mark) => isRoutine(mark, BUILT_IN_TABLE))).toEqual([true, true, true, false, false, false, false])
})

test('a checkpoint that is created, replaced or deleted is pushed, and nothing is sent while none changes', async () => {
  const dir = emptyRun(temporaryRoot(), 'run')
  const path = join(dir, 'hotcb.applied.jsonl')
  writeFileSync(path, `${opening(1, 1, { cut: false, seam: 0 })}\n`)
  const make = (tag: string, step: number): void => {
    const scratch = join(dir, 'hotcb.checkpoints', `.${tag}`)
    mkdirSync(scratch, { recursive: true })
    writeFileSync(join(scratch, 'meta.json'), JSON.stringify({ tag, step, wall_time: 1, files: [] }))
    renameSync(scratch, join(dir, 'hotcb.checkpoints', tag))
  }
  const site = await dashboard({ dir })
  const page = await listen(site)
  page.send({ type: 'subscribe', run: 'run', channel: 'checkpoints' })
  const tags = async (): Promise<string[]> => {
    const message = await page.until((sent) => sent.type === 'data' && sent.channel === 'checkpoints')
    return message.type === 'data' && message.channel === 'checkpoints'
      ? message.data.checkpoints.map(({ tag }) => tag)
      : []
  }
  expect(await tags()).toEqual([])
  make('first', 10)
  expect(await tags()).toEqual(['first'])
  make('second', 20)
  expect(await tags()).toEqual(['first', 'second'])
  rmSync(join(dir, 'hotcb.checkpoints', 'first'), { recursive: true })
  expect(await tags()).toEqual(['second'])
  const { body } = await ask(site, '/api/runs/run')
  expect(body).toMatchObject({ checkpoints: [{ tag: 'second' }] })
  // The state of the run, which is sent with every step, does not contain them.
  page.send({ type: 'subscribe', run: 'run', channel: 'state' })
  const state = await page.until((sent) => sent.type === 'data' && sent.channel === 'state')
  expect(Object.keys((state as unknown as { data: object }).data)).not.toContain('checkpoints')
})

test('the last change of a run is the newest line that changes something', async () => {
  const dir = emptyRun(temporaryRoot(), 'run')
  const path = join(dir, 'hotcb.applied.jsonl')
  const set = change(2, 1, { step: 30, decision: 'applied' })
  const thought = { ...JSON.parse(set), seq: 3, step: 40, module: 'tune', op: 'propose', source: 'tune', author: null }
  const last = async () => {
    const { runs } = await runList(await dashboard({ dir }))
    return runs[0]?.last_change?.seq
  }
  writeFileSync(path, `${opening(1, 1, { cut: false, seam: 0 })}\n${set}\n${JSON.stringify(thought)}\n`)
  expect(await last()).toBe(2)
  writeFileSync(path, `${opening(1, 1, { cut: false, seam: 0 })}\n${JSON.stringify(thought)}\n`)
  expect(await last()).toBe(3)
  const failed = change(3, 1, { step: 50, decision: 'failed' })
  writeFileSync(path, `${opening(1, 1, { cut: false, seam: 0 })}\n${set}\n${failed}\n`)
  expect(await last()).toBe(2)
})

test('the list of markers names its attempt', async () => {
  const dir = emptyRun(temporaryRoot(), 'run')
  const path = join(dir, 'hotcb.applied.jsonl')
  writeFileSync(path, `${opening(1, 1, { cut: false, seam: 0 })}\n${change(2, 1, { step: 30, decision: 'applied' })}\n`)
  const site = await dashboard({ dir })
  const list = async () => (await ask(site, '/api/runs/run/markers')).body as MarkerList
  expect(await list()).toMatchObject({ attempt: 1, lines: 2, markers: [{ seq: 2 }] })
  appendFileSync(path, `${opening(3, 2, { cut: true, seam: 20 })}\n`)
  expect(await eventually(async () => ((await list()).attempt === 2 ? list() : undefined))).toEqual({
    attempt: 2,
    lines: 3,
    markers: [],
    refused: [],
  })
})

function change(seq: number, attempt: number, { step, decision }: { step: number; decision: string }): string {
  return JSON.stringify({
    ...line(seq, attempt),
    step,
    module: 'opt',
    op: 'set_params',
    decision,
    payload: { lr: seq },
  })
}

function opening(seq: number, attempt: number, { cut, seam }: { cut: boolean; seam: number }): string {
  const payload = { n: attempt, token: `t${attempt}`, step: seam, cut }
  return JSON.stringify({
    ...line(seq, attempt),
    step: seam,
    module: 'core',
    op: 'attempt',
    decision: 'applied',
    payload,
  })
}

function line(seq: number, attempt: number): object {
  return { seq, id: 'main', source: 'kernel', attempt, wall_time: 1, cid: null, of: null }
}
