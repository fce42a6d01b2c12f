import { BUILT_IN_TABLE, type LedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import type { CliContext } from '../../src/context.ts'
import { type Answer, exitCodeOf, isRevertTold, printAnswers } from '../../src/print/answer.ts'
import { dayOf, logEntry } from '../../src/print/log-entry.ts'
import { logPrinter } from '../../src/print/log-print.ts'
import type { LedgerRecord } from '../../src/run.ts'
import { markedTerminal } from '../marked-terminal.ts'
import { linesOf } from '../transcript.ts'

type Sent = Answer['sent']

function sent(some: object = {}): Sent {
  return { cid: 'c1', module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.1 }, ...some } as unknown as Sent
}

function line(some: object = {}): LedgerLine {
  return {
    ...{ seq: 7, step: 3, module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.1 }, payload: { lr: 0.1 } },
    ...{ old: { lr: 1 }, decision: 'applied', error: null, notes: null, reverts: null, of: null, source: 'cli' },
    ...{ author: 'ann', wall_time: 1_767_268_800, ...some },
  } as unknown as LedgerLine
}

const CANCELLED = { module: 'core', op: 'cancel', params: { cid: 'x' }, payload: {}, notes: 'no command with cid x' }

function printed(answers: readonly Answer[], more: { readonly json?: boolean; readonly unicode?: boolean } = {}) {
  const terminal = markedTerminal({ unicode: more.unicode ?? true })
  printAnswers(answers, { terminal, json: more.json ?? false } as unknown as CliContext, BUILT_IN_TABLE)
  const { out, err } = terminal.printed
  return more.json === true
    ? linesOf(out).map((one) => JSON.parse(one))
    : [...linesOf(out), ...linesOf(err).map((one) => `! ${one}`)]
}

const WHYS = ['not-waited', 'foreign', 'timeout', 'lost', 'interrupted', 'dead', 'not-waited-dead'] as const

test('for a command without an answer the reason is printed', () => {
  expect(WHYS.flatMap((why) => printed([{ sent: sent(), why, waitMs: 1500 }]))).toMatchInlineSnapshot(`
    [
      "<yellow>·</yellow> <bold>lr = 0.1</bold>: queued<dim>  c1</dim>",
      "<yellow>·</yellow> <bold>lr = 0.1</bold>: queued; this kernel does not answer by \`cid\`, so check the log<dim>  c1</dim>",
      "! <yellow>·</yellow> <bold>lr = 0.1</bold>: queued; no answer within 1.5 s<dim>  c1</dim>",
      "! <yellow>·</yellow> <bold>lr = 0.1</bold>: queued; the ranks of this run cannot be reached: the command will apply when the run is started again<dim>  c1</dim>",
      "! <yellow>·</yellow> <bold>lr = 0.1</bold>: queued; stopped waiting<dim>  c1</dim>",
      "! <yellow>·</yellow> <bold>lr = 0.1</bold>: queued; no trainer is alive: the next one will apply it<dim>  c1</dim>",
      "<yellow>·</yellow> <bold>lr = 0.1</bold>: queued; no trainer is alive: the next one will apply it<dim>  c1</dim>",
    ]
  `)
  const ending = (some: object): unknown =>
    printed([{ sent: sent({ module: 'core', params: {}, ...some }), why: 'dead' }])
  expect([
    ending({ op: 'stop' }),
    ending({ op: 'pause' }),
    ending({ op: 'stop', at: { step: 5 } }),
    ending({ op: 'resume' }),
    printed([{ sent: sent({ at: { step: 5 } }), why: 'not-waited' }], { unicode: false }),
    printed([{ sent: sent({ at: { step: 5, event: 'val_end' } }), why: 'not-waited' }]),
  ]).toMatchInlineSnapshot(`
    [
      [
        "! <yellow>·</yellow> <bold>stop</bold>: queued; no trainer is alive: the next one will stop at its first step<dim>  c1</dim>",
      ],
      [
        "! <yellow>·</yellow> <bold>pause</bold>: queued; no trainer is alive: the next one will pause at its first step<dim>  c1</dim>",
      ],
      [
        "! <yellow>·</yellow> <bold>stop</bold>: queued for step 5; no trainer is alive: the next one will apply it<dim>  c1</dim>",
      ],
      [
        "! <yellow>·</yellow> <bold>resume</bold>: queued; no trainer is alive: the next one will apply it<dim>  c1</dim>",
      ],
      [
        "<yellow>-</yellow> <bold>lr = 0.1</bold>: queued for step 5<dim>  c1</dim>",
      ],
      [
        "<yellow>·</yellow> <bold>lr = 0.1</bold>: queued for step 5 (val_end)<dim>  c1</dim>",
      ],
    ]
  `)
  expect(WHYS.map((why) => (printed([{ sent: sent(), why }], { json: true })[0] as { why: string }).why)).toEqual([
    ...['not_waited', 'kernel_answers_no_cid', 'no_answer', 'ranks_lost', 'interrupted', 'no_trainer', 'not_waited'],
  ])
  expect(printed([{ sent: sent() }, { sent: sent(), line: line() }], { json: true })).toMatchInlineSnapshot(`
    [
      {
        "at": null,
        "cid": "c1",
        "decision": null,
        "id": "main",
        "module": "opt",
        "op": "set_params",
        "params": {
          "lr": 0.1,
        },
        "queued": true,
        "why": "no_answer",
      },
      {
        "at": null,
        "cid": "c1",
        "decision": "applied",
        "error": null,
        "id": "main",
        "module": "opt",
        "notes": null,
        "old": {
          "lr": 1,
        },
        "op": "set_params",
        "params": {
          "lr": 0.1,
        },
        "payload": {
          "lr": 0.1,
        },
        "seq": 7,
        "step": 3,
      },
    ]
  `)
})

test('a decision is printed with its step, and why it was refused', () => {
  const decisions = [
    {},
    { step: null, notes: 'a note', reverts: 4 },
    { decision: 'skipped_noop' },
    { decision: 'failed', error: 'no such control' },
    { decision: 'ignored_freeze', error: 'frozen' },
    { reverts: 4, notes: 'x; reverts seq 4' },
    CANCELLED,
    { ...CANCELLED, notes: 'cancelled' },
  ]
  const answers = decisions.map((some) => ({ sent: sent(), line: line(some) }))
  expect(printed(answers)).toMatchInlineSnapshot(`
    [
      "<green>✓</green> <bold>lr 1 → 0.1</bold> at step 3<dim>  seq 7</dim>",
      "<green>✓</green> <bold>lr 1 → 0.1</bold> before the first step<dim>  seq 7, reverts 4; a note</dim>",
      "<dim>·</dim> <bold>lr = 0.1</bold>: nothing to do at step 3<dim>  seq 7</dim>",
      "<green>✓</green> <bold>lr 1 → 0.1</bold> at step 3<dim>  seq 7; x; reverts seq 4</dim>",
      "<green>✓</green> <bold>cancel x</bold> at step 3<dim>  seq 7; cancelled</dim>",
      "! <red>✗</red> <bold>lr = 0.1</bold>: failed at step 3: no such control<dim>  seq 7</dim>",
      "! <red>✗</red> <bold>lr = 0.1</bold>: refused by the freeze at step 3<dim>  seq 7</dim>",
      "! <yellow>·</yellow> <bold>cancel x</bold>: no command with cid x; list the waiting commands with \`hotcb status\`<dim>  seq 7</dim>",
    ]
  `)
  expect(printed(answers, { unicode: false })).toMatchInlineSnapshot(`
    [
      "<green>ok</green> <bold>lr 1 -> 0.1</bold> at step 3<dim>  seq 7</dim>",
      "<green>ok</green> <bold>lr 1 -> 0.1</bold> before the first step<dim>  seq 7, reverts 4; a note</dim>",
      "<dim>-</dim> <bold>lr = 0.1</bold>: nothing to do at step 3<dim>  seq 7</dim>",
      "<green>ok</green> <bold>lr 1 -> 0.1</bold> at step 3<dim>  seq 7; x; reverts seq 4</dim>",
      "<green>ok</green> <bold>cancel x</bold> at step 3<dim>  seq 7; cancelled</dim>",
      "! <red>x</red> <bold>lr = 0.1</bold>: failed at step 3: no such control<dim>  seq 7</dim>",
      "! <red>x</red> <bold>lr = 0.1</bold>: refused by the freeze at step 3<dim>  seq 7</dim>",
      "! <yellow>-</yellow> <bold>cancel x</bold>: no command with cid x; list the waiting commands with \`hotcb status\`<dim>  seq 7</dim>",
    ]
  `)
})

test("the exit code is the worst outcome's", () => {
  const codes = [
    ...[{}, { decision: 'skipped_noop' }, { decision: 'failed' }, CANCELLED].map((some) => ({
      sent: sent(),
      line: line(some),
    })),
    ...[...WHYS, undefined].map((why) => ({ sent: sent(), ...(why !== undefined && { why }) })),
  ].map((answer) => exitCodeOf([answer]))
  expect(codes).toEqual([0, 0, 1, 1, 0, 0, 3, 3, 130, 3, 0, 0])
  expect(
    exitCodeOf([
      { sent: sent(), line: line() },
      { sent: sent(), why: 'dead' },
    ]),
  ).toBe(3)
  const told = [{}, { reverts: 4 }, { reverts: 4, notes: 'reverts seq 4' }, { reverts: 4, notes: 'reverts seq 44' }]
  expect(told.map((some) => isRevertTold(line(some)))).toEqual([true, false, true, false])
})

function record(some: object = {}): LedgerRecord {
  return { value: line(some), text: JSON.stringify({ ...line(some), more: 1 }) } as unknown as LedgerRecord
}

test('a log entry contains the time, the author, the change and the outcome', () => {
  const today = dayOf(1_767_268_800)
  const { TZ } = process.env
  const style = { unicode: true, today }
  const time = new Date(1_767_268_800_000).toTimeString().slice(0, 8)
  const entry = {
    seq: '7',
    when: time,
    step: '3',
    who: 'ann (cli)',
    what: 'lr 1 → 0.1',
    outcome: 'applied',
    why: '',
    isGood: true,
  }
  expect(logEntry(record(), style)).toEqual(entry)
  expect(logEntry(record(), { ...style, today: '2026-01-02' }).when).toBe(`${today} ${time}`)
  expect(logEntry(record({ wall_time: 0 }), style).when).toBe('')
  expect(logEntry(record({ author: null, step: null }), style)).toMatchObject({ who: 'cli', step: '' })
  expect(logEntry(record({ author: 'cli' }), style).who).toBe('cli')
  const refused = { decision: 'failed', error: 'no', notes: 'why', reverts: 3, of: 2 }
  expect(logEntry(record(refused), style)).toMatchObject({
    outcome: 'failed',
    why: 'reverts 3; again 2; no; why',
    isGood: false,
  })
  expect(dayOf(new Date(2026, 10, 5).getTime() / 1000)).toBe('2026-11-05')
  expect(process.env['TZ']).toBe(TZ)
})

test('the log is printed as text, as a Markdown table, or line by line as JSON', () => {
  const shown = (format: 'text' | 'markdown' | 'json', ...batches: readonly (readonly LedgerRecord[])[]): unknown => {
    const terminal = markedTerminal()
    const printer = logPrinter(format, terminal, BUILT_IN_TABLE)
    for (const records of batches) printer.print(records)
    printer.end(batches.length === 0)
    const when = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/
    return linesOf(terminal.printed.out).map((one) => one.replace(when, 'WHEN'))
  }
  const records = [record(), record({ seq: 8, step: null, decision: 'failed', error: 'a | b\nc' })]
  expect([
    shown('text', records),
    shown('markdown', records, [record({ seq: 9 })]),
    shown('json', [record()]),
    shown('text', []),
    shown('text'),
    shown('markdown', []),
  ]).toMatchInlineSnapshot(`
    [
      [
        "<dim>    7</dim>  <dim>WHEN</dim>  step 3      ann (cli)   <bold>lr 1 → 0.1                    </bold>  <green>applied</green>",
        "<dim>    8</dim>  <dim>WHEN</dim>              ann (cli)   <bold>lr = 0.1                      </bold>  <red>failed</red>       a | b c",
      ],
      [
        "| # | when | step | who | what | outcome | why |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| 7 | WHEN | 3 | ann (cli) | lr 1 → 0.1 | applied |  |",
        "| 8 | WHEN |  | ann (cli) | lr = 0.1 | failed | a \\| b c |",
        "| 9 | WHEN | 3 | ann (cli) | lr 1 → 0.1 | applied |  |",
      ],
      [
        "{"seq":7,"step":3,"module":"opt","op":"set_params","id":"main","params":{"lr":0.1},"payload":{"lr":0.1},"old":{"lr":1},"decision":"applied","error":null,"notes":null,"reverts":null,"of":null,"source":"cli","author":"ann","wall_time":1767268800,"more":1}",
      ],
      [
        "<dim>the ledger is empty</dim>",
      ],
      [
        "<dim>no matching entry in the ledger</dim>",
      ],
      [],
    ]
  `)
})
