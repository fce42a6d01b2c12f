import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatLedgerLine } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { runCli } from '../src/main.ts'
import { openTerminal } from '../src/print/terminal.ts'
import { ledgerLine, writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

const LINES = [
  ledgerLine({
    seq: 1,
    step: null,
    module: 'core',
    op: 'attempt',
    source: 'kernel',
    payload: { n: 1, token: 'x', step: null, cut: false },
  }),
  ledgerLine({ seq: 2, step: 10, payload: { lr: 0.01 }, old: { lr: 0.1 }, author: 'ann', notes: 'warm | up' }),
  ledgerLine({
    seq: 3,
    step: 20,
    decision: 'failed',
    params: { lr: 50 },
    error: '`lr` must be <= 10, got 50',
    author: 'bob',
  }),
  ledgerLine({ seq: 4, step: 30, module: 'loss', op: 'disable', params: { key: 'terms.aux' }, source: 'yaml' }),
  ledgerLine({ seq: 5, step: 40, payload: { lr: 0.1 }, old: { lr: 0.01 }, reverts: 2, author: 'ann' }),
  ledgerLine({ seq: 6, step: 50, module: 'cb', op: 'load', id: 'probe', source: 'dashboard' }),
]

function newRun(): string {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '', ledger: LINES.map(formatLedgerLine).join('') })
  return dir
}

async function seqs(dir: string, ...flags: string[]): Promise<number[]> {
  const { out } = await hotcb(['--dir', dir, 'log', '--json', ...flags])
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).seq)
}

test('shows time, step, author, change, outcome and reason', async () => {
  const { code, out, err } = await hotcb(['--dir', newRun(), 'log'], { env: { TZ: 'UTC' } })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const when = '2026-09-21 14:13:20'
  expect(out.split('\n').map((line) => line.replace(/ {2,}/g, '  ').trim())).toEqual([
    `1  ${when}  kernel  attempt 1 begins  applied`,
    `2  ${when}  step 10  ann (cli)  lr 0.1 → 0.01  applied  warm | up`,
    `3  ${when}  step 20  bob (cli)  lr = 50  failed  \`lr\` must be <= 10, got 50`,
    `4  ${when}  step 30  yaml  disable terms.aux  applied`,
    `5  ${when}  step 40  ann (cli)  lr 0.01 → 0.1  applied  reverts 2`,
    `6  ${when}  step 50  dashboard  load probe  applied`,
    '',
  ])
})

test("a kernel's error code is a plain sentence in the log, and unchanged in JSON", async () => {
  const dir = temporaryDirectory()
  const errors = ['actuator_disabled: `lr` is disabled: enable it first', 'unknown_param:lrr']
  const lines = errors.map((error, i) => ledgerLine({ seq: i + 1, decision: 'failed', params: { lr: 1 }, error }))
  writeRun(dir, { commands: '', ledger: lines.map(formatLedgerLine).join('') })
  const { out } = await hotcb(['--dir', dir, 'log'])
  expect(out).toMatch(/failed {2}`lr` is disabled: enable it first\n.*failed {2}there is no control `lrr`\n$/)
  const json = (await hotcb(['--dir', dir, 'log', '--json'])).out.trim().split('\n')
  expect(json.map((line) => JSON.parse(line).error)).toEqual(errors)
})

describe('the entries left out', () => {
  const save = { module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'step-1' } }
  const load = { module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'step-1' } }

  function longRun(): string {
    const dir = temporaryDirectory()
    const lines = Array.from({ length: 30 }, (_, i) =>
      ledgerLine({ seq: i + 1, payload: { lr: i }, ...(i === 25 && save) }),
    )
    lines.push(ledgerLine({ seq: 31, ...load }), ledgerLine({ seq: 32, decision: 'failed', ...save }))
    writeRun(dir, { commands: '', ledger: lines.map(formatLedgerLine).join('') })
    return dir
  }

  /** Runs a command as on an interactive terminal. */
  async function onTerminal(...argv: string[]): Promise<{ readonly seqs: number[]; readonly err: string[] }> {
    const [out, err]: [string[], string[]] = [[], []]
    const plain = openTerminal({ env: { NO_COLOR: '1', LC_ALL: 'C.UTF-8' } })
    const terminal = {
      ...plain,
      isTerminal: true,
      out: (line: string) => out.push(line),
      err: (line: string) => err.push(line),
    }
    expect(await runCli(argv, { version: '0' }, terminal)).toBe(0)
    return { seqs: out.map((line) => Number(line.trim().split(' ')[0])), err }
  }

  test('are counted on standard error', async () => {
    const { out, err } = await hotcb(['--dir', longRun(), 'log'])
    expect(out.trimEnd().split('\n')).toHaveLength(20)
    expect(err).toBe('12 earlier entries not shown: use `--all` to show them\n')
    const filtered = await hotcb(['--dir', longRun(), 'log', '--module', 'opt', '-n28'])
    expect(filtered.err).toBe('1 earlier entry not shown: use `--all` to show it\n')
    expect((await hotcb(['--dir', longRun(), 'log', '--all'])).err).toBe('')
  })

  test('on a terminal are checkpoint saves, except failed ones', async () => {
    const dir = longRun()
    const { seqs, err } = await onTerminal('--dir', dir, 'log', '-n', '8')
    expect(seqs).toEqual([24, 25, 27, 28, 29, 30, 31, 32])
    expect(err).toEqual(['23 earlier entries and 1 checkpoint save not shown: use `--all` to show them'])
    expect((await onTerminal('--dir', dir, 'log', '--module', 'core')).seqs).toEqual([26, 31, 32])
    expect((await onTerminal('--dir', dir, 'log', '--all')).seqs).toHaveLength(32)
  })

  test('with `--all` and `-n` are the entries before the last N; checkpoint saves are shown', async () => {
    const { seqs, err } = await onTerminal('--dir', longRun(), 'log', '--all', '-n', '8')
    expect(seqs).toEqual([25, 26, 27, 28, 29, 30, 31, 32])
    expect(err).toEqual([])
    expect((await onTerminal('--dir', longRun(), 'log', '--all', '--module', 'opt', '-n', '1')).seqs).toHaveLength(1)
  })

  test('are not reported with `-n 0`, which requests none', async () => {
    expect(await hotcb(['--dir', longRun(), 'log', '-n', '0'])).toEqual({ code: 0, out: '', err: '' })
  })

  test('are absent in JSON, unless `--last` is given', async () => {
    expect(await seqs(longRun())).toHaveLength(32)
    expect(await seqs(longRun(), '-n2')).toEqual([31, 32])
  })

  test('with `--changes` are all entries that changed nothing', async () => {
    expect(await seqs(newRun(), '--changes')).toEqual([2, 4, 5, 6])
    const dir = temporaryDirectory()
    const lines = [
      ledgerLine({ seq: 1 }),
      ledgerLine({ seq: 2, of: 1 }),
      ledgerLine({ seq: 3, module: 'core', op: 'pause' }),
    ]
    writeRun(dir, { commands: '', ledger: lines.map(formatLedgerLine).join('') })
    expect(await seqs(dir, '--changes')).toEqual([1])
  })
})

test('a revert is shown once, even if its notes mention it', async () => {
  const dir = temporaryDirectory()
  const line = ledgerLine({
    seq: 3,
    step: 5,
    payload: { lr: 1 },
    old: { lr: 2 },
    reverts: 2,
    notes: 'reverts seq 2; late',
  })
  writeRun(dir, { commands: '', ledger: formatLedgerLine(line) })
  expect((await hotcb(['--dir', dir, 'log'])).out).toMatch(/applied {2}reverts seq 2; late\n/)
})

test('a note is one line without cursor movements', async () => {
  const dir = temporaryDirectory()
  const notes = 'first\r\n\tsecond \u001B[2Jthird'
  writeRun(dir, { commands: '', ledger: formatLedgerLine(ledgerLine({ seq: 2, step: 5, notes, author: 'a\u0007b' })) })
  const { out } = await hotcb(['--dir', dir, 'log'])
  expect(out.split('\n')).toHaveLength(2)
  expect(out).toContain('first second \uFFFD[2Jthird\n')
  expect(out).toContain('a\uFFFDb (')
})

test('an empty ledger and a filter without matches have different messages', async () => {
  const empty = temporaryDirectory()
  writeRun(empty, { commands: '', ledger: '' })
  expect((await hotcb(['--dir', empty, 'log'])).out).toBe('the ledger is empty\n')
  expect((await hotcb(['--dir', newRun(), 'log', '--module', 'none'])).out).toBe('no matching entry in the ledger\n')
})

describe('filters', () => {
  test.each<[string, number[]]>([
    ['', [1, 2, 3, 4, 5, 6]],
    ['-n 2', [5, 6]],
    ['-n 0', []],
    ['-n 1 --key lr', [5]],
    ['--key lr', [2, 3, 5]],
    ['--key terms.aux', [4]],
    ['--key probe', [6]],
    ['--module loss --all', [4]],
    ['--who ann', [2, 5]],
    ['--who yaml', [4]],
    ['--outcome refused', [3]],
    ['--outcome applied --key lr', [2, 5]],
    ['--from-step 20 --to-step 40', [3, 4, 5]],
    ['--to-step 10 --all', [2]],
  ])('%s', async (flags, expected) => {
    expect(await seqs(newRun(), ...flags.split(' ').filter(Boolean))).toEqual(expected)
  })
})

test('as Markdown it is a table', async () => {
  const { out } = await hotcb(['--dir', newRun(), 'log', '--format', 'markdown', '-n', '5'], { env: { TZ: 'UTC' } })
  expect(out.split('\n').slice(0, 3)).toEqual([
    '| # | when | step | who | what | outcome | why |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    '| 2 | 2026-09-21 14:13:20 | 10 | ann (cli) | lr 0.1 → 0.01 | applied | warm \\| up |',
  ])
})

test('in JSON the lines are printed unchanged, including unknown keys', async () => {
  const dir = newRun()
  appendFileSync(
    join(dir, 'hotcb.applied.jsonl'),
    '{"step":3,"module":"opt","op":"set_params","params":{"lr":1},"status":"applied","extra":7}\n',
  )
  const { out } = await hotcb(['--dir', dir, 'log', '--json', '-n', '1'])
  expect(JSON.parse(out)).toEqual({
    step: 3,
    module: 'opt',
    op: 'set_params',
    params: { lr: 1 },
    status: 'applied',
    extra: 7,
  })
})

test('the last matching lines are found however far back they are', async () => {
  const dir = temporaryDirectory()
  const many = Array.from({ length: 3000 }, (_, i) =>
    ledgerLine({ seq: i + 1, step: i, payload: i % 1000 === 0 ? { rare: 1 } : { lr: i } }),
  )
  writeRun(dir, { commands: '', ledger: many.map(formatLedgerLine).join('') })
  expect(await seqs(dir, '--key', 'rare')).toEqual([1, 1001, 2001])
  expect(await seqs(dir, '-n', '3')).toEqual([2998, 2999, 3000])
})

test('an empty ledger and malformed lines are no error', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '' })
  expect(await hotcb(['--dir', dir, 'log'])).toEqual({ code: 0, out: 'the ledger is empty\n', err: '' })
  writeRun(dir, { ledger: 'garbage\n{"seq":1}\n[]\n\n{"torn' })
  expect(await hotcb(['--dir', dir, 'log', '--all'])).toEqual({ code: 0, out: 'the ledger is empty\n', err: '' })
})
