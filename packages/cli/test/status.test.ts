import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatLedgerLine } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { control, ledgerLine, stateDocument, writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

async function statusOf(dir: string): Promise<{ readonly text: string; readonly json: Record<string, unknown> }> {
  const { out, err } = await hotcb(['--dir', dir, 'status'])
  expect(err).toBe('')
  return {
    text: out.replaceAll(/ {2,}/g, '  '),
    json: JSON.parse((await hotcb(['--dir', dir, 'status', '--json'])).out),
  }
}

function metricsText(lines: readonly object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

describe('undecided commands', () => {
  test('are shown for the next trainer, including a forgotten pause', async () => {
    const dir = temporaryDirectory()
    writeRun(dir, { commands: '' })
    await hotcb(['--dir', dir, 'pause'])
    await hotcb(['--dir', dir, 'set', 'lr=0.123456789'])
    const { text, json } = await statusOf(dir)
    expect(text).toMatch(/\nqueued for the next trainer\n {2}pause {2}ann, .* ago {2}\w+\n {2}lr = 0\.123457 {2}ann, /)
    expect(json['queued']).toMatchObject([
      { author: 'ann', at: null, command: { module: 'core', op: 'pause' } },
      { author: 'ann', at: null, command: { module: 'opt', op: 'set_params', params: { lr: 0.123456789 } } },
    ])
  })

  test('are shown while a trainer is alive, without those that it has decided or keeps until their step', async () => {
    const dir = temporaryDirectory()
    writeRun(dir, { commands: '', state: stateDocument() })
    const cids: string[] = []
    for (const words of ['set lr=1', 'set lr=2 --at step=900', 'set lr=3']) {
      const { out } = await hotcb(['--dir', dir, ...words.split(' '), '--json', '--no-wait'])
      cids.push(JSON.parse(out).cid)
    }
    // A command as hotcb 2 writes it. Its ledger line refers to it by position.
    const { statSync } = await import('node:fs')
    const offset = statSync(join(dir, 'hotcb.commands.jsonl')).size
    appendFileSync(join(dir, 'hotcb.commands.jsonl'), '{"module":"opt","op":"set_params","params":{"lr":4}}\n')
    const [first = '', second = '', third = ''] = cids
    const held = [{ cid: second, writer: null, offset: 0, at: { step: 900 } }]
    const lines = [
      ledgerLine({ seq: 1, cid: first, params: { cid: third } }),
      ledgerLine({ seq: 2, cid: `o${offset}-ab12`, offset }),
    ]
    // More lines follow than the end of the ledger that `status` reads.
    for (let seq = 3; seq < 1100; seq++) lines.push(ledgerLine({ seq, cid: `k1-${seq}` }))
    writeRun(dir, { state: stateDocument({ held }), ledger: lines.map(formatLedgerLine).join('') })
    const { text, json } = await statusOf(dir)
    expect(text).toMatch(/\nqueued, not answered yet\n {2}lr = 3 /)
    expect(json['queued']).toMatchObject([{ cid: third }])
  })

  test('include those that were waiting for a step when the trainer ended, but not those that it decided', async () => {
    const dir = temporaryDirectory()
    writeRun(dir, { commands: '', state: stateDocument() })
    await hotcb(['--dir', dir, 'set', 'lr=1'])
    const { out } = await hotcb(['--dir', dir, 'set', 'lr=2', '--at', 'step=900', '--json'])
    const held = [{ cid: JSON.parse(out).cid, writer: null, offset: 0, at: { step: 900 } }]
    writeRun(dir, { state: stateDocument({ closed: true, held, taken: { 'hotcb.commands.jsonl': 1e6 } }) })
    const { text } = await statusOf(dir)
    expect(text).toMatch(/\nqueued for the next trainer\n {2}lr = 2 {2}for step 900 {2}ann,/)
    expect(text).not.toContain('lr = 1')
  })
})

test('for an unreadable freeze document, `status` shows the freeze of the live trainer and of the next one', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '', state: stateDocument(), freeze: '{"mode":' })
  const { text, json } = await statusOf(dir)
  expect(text).toContain('\n  freeze  off\n')
  expect(text).toContain('the live trainer still applies `off`, but a trainer that starts now would apply `prod`')
  expect(json['freeze']).toMatchObject({ mode: 'off' })
})

test('validation metrics remain shown, with the step at which they were measured', async () => {
  const dir = temporaryDirectory()
  const metrics = metricsText([
    { step: 300, metrics: { val_loss: 0.75 } },
    { step: 400, metrics: { val_loss: 0.25, val_accuracy: 0.9 } },
    { step: 411, metrics: { loss: 0.6 } },
    { step: 412, metrics: { loss: 0.5 } },
  ])
  writeRun(dir, { commands: '', state: stateDocument(), metrics })
  const { text, json } = await statusOf(dir)
  expect(text).toContain('metrics  loss 0.5 at step 412\n  val_loss 0.25, val_accuracy 0.9 at step 400\n')
  expect(json['metrics']).toEqual({
    step: 412,
    values: { loss: 0.5 },
    earlier: { val_loss: { step: 400, value: 0.25 }, val_accuracy: { step: 400, value: 0.9 } },
  })
})

test('controls show the value of each parameter group and their ramp', async () => {
  const dir = temporaryDirectory()
  const groups = [
    { name: 'body', value: 0.1 },
    { name: 'head', value: 0.033333333333 },
  ]
  const ramp = { type: 'linear', start: 0, end: 1, steps: 200, first_step: 1400 }
  const controls = [control('lr', 'optimizer', { groups }), control('distill', 'loss', { ramp })]
  writeRun(dir, { commands: '', state: stateDocument(), actuators: { controls } })
  const { text } = await statusOf(dir)
  expect(text).toContain('lr  body 0.1 | head 0.0333333  untouched  0 … 10\n')
  expect(text).toContain('distill  0.1  untouched  0 … 10  linear ramp 0 → 1, steps 1,400 to 1,600')
  // Its value remains at the end of the ramp.
  writeRun(dir, { state: stateDocument({ step: 1600 }) })
  expect((await statusOf(dir)).text).not.toContain('ramp')
})

test('`status` and `watch` report a run that is trained by hotcb in Python', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '', metrics: metricsText([{ step: 412, metrics: { loss: 0.5 } }]) })
  writeFileSync(
    join(dir, 'hotcb.applied.jsonl'),
    '{"seq":1,"step":3,"module":"opt","op":"set_params","decision":"applied"}\n',
  )
  const { text, json } = await statusOf(dir)
  expect(text).toContain('trainer  trained by hotcb in Python, last at step 412  its kernel does not report')
  expect(json['trainer']).toMatchObject({ foreign: true })
  const watch = await hotcb(['--dir', dir, 'watch', '--once'])
  expect(watch.out.split('\n')[0]).toContain('step 412  trained by hotcb in Python')
})
