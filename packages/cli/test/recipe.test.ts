import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatLedgerLine, type LedgerLine } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { commandsOf, control, ledgerLine, stateDocument, writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

const LR =
  '{"at":{"step":40,"event":"train_step_end","call":0},"module":"opt","op":"set_params","id":"main","params":{"lr":0.01},"seq":2}\n'
const CE =
  '{"at":{"step":80,"event":"train_step_end","call":0},"module":"loss","op":"set_params","id":"main","params":{"ce":2},"seq":3}\n'

function set(seq: number, step: number, module: string, payload: LedgerLine['payload']): string {
  return formatLedgerLine(
    ledgerLine({ seq, step, module, op: 'set_params', params: payload, payload, cid: `c${seq}`, old: {} }),
  )
}

const ATTEMPT = formatLedgerLine(
  ledgerLine({
    seq: 1,
    step: null,
    event: null,
    call: null,
    module: 'core',
    op: 'attempt',
    payload: { n: 1, token: 'k', step: null, cut: false },
  }),
)
const LEDGER = ATTEMPT + set(2, 40, 'opt', { lr: 0.01 }) + set(3, 80, 'loss', { ce: 2 })

/** Creates a run that trained and was changed twice. */
function steeredRun(): string {
  const dir = temporaryDirectory()
  writeRun(dir, {
    ledger: LEDGER,
    actuators: { controls: [control('lr'), control('ce', 'loss')] },
    state: stateDocument({ closed: true, kernel: { ...stateDocument().kernel, pid: null } }),
  })
  return dir
}

function read(dir: string, name: string): string {
  return readFileSync(join(dir, name), 'utf8')
}

describe('recipe export', () => {
  test('writes the changes into the run directory, and prints the path', async () => {
    const dir = steeredRun()
    const { code, out, err } = await hotcb(['--dir', dir, 'recipe', 'export'])
    expect({ code, out, err }).toEqual({
      code: 0,
      out: `✓ 2 entries, steps 40 to 80: ${dir}/hotcb.recipe.jsonl\n`,
      err: '',
    })
    expect(read(dir, 'hotcb.recipe.jsonl')).toBe(LR + CE)
  })

  test('selects a part by steps and modules, and writes it to a file, to standard output, or as JSON', async () => {
    const dir = steeredRun()
    const here = temporaryDirectory()
    const words = ['--dir', dir, 'recipe', 'export']
    expect((await hotcb([...words, '--from', '41', '--out', './part.jsonl'], { cwd: here })).out).toContain(
      'step 80: ./part.jsonl',
    )
    expect(read(here, 'part.jsonl')).toBe(CE)
    expect(await hotcb([...words, '--module', 'opt', '--out', '-'])).toEqual({ code: 0, out: LR, err: '' })
    const json = JSON.parse((await hotcb([...words, '--to', '40', '--out', '-', '--json'])).out)
    expect(json).toEqual({ path: null, entries: 1, recipe: [JSON.parse(LR)], notes: [] })
    const compat = JSON.parse((await hotcb([...words, '--to', '40', '--out', '-', '--compat'])).out)
    expect(compat).toEqual({
      at: { step: 40, event: 'train_step_end' },
      module: 'opt',
      op: 'set_params',
      id: 'main',
      params: { lr: 0.01 },
    })
    expect(existsSync(join(dir, 'hotcb.recipe.jsonl'))).toBe(false)
  })

  test('warns if hotcb 2 would set parameter groups with different rates to the same rate', async () => {
    const dir = steeredRun()
    const groups = (body: number, head: number): unknown => [
      { name: 'body', value: body },
      { name: 'head', value: head },
    ]
    const exported = async (body: number, head: number, ...words: readonly string[]): Promise<string> => {
      writeRun(dir, { actuators: { controls: [{ ...control('lr'), groups: groups(body, head) }] } })
      return (await hotcb(['--dir', dir, 'recipe', 'export', ...words])).err
    }
    expect(await exported(0.01, 0.02, '--compat')).toBe(
      'note: the parameter groups of this run have different rates, most recently [0.01,0.02]: hotcb 2 sets every group to the `lr` in an entry\n',
    )
    expect(await exported(0.01, 0.02)).toBe('')
    expect(await exported(0.01, 0.01, '--compat')).toBe('')
    expect(await exported(0.01, 0.02, '--compat', '--module', 'loss')).toBe('')
  })

  test('refuses a run that its changes do not reproduce, unless forced, and reports what it leaves out', async () => {
    const dir = steeredRun()
    const load = ledgerLine({
      seq: 4,
      step: 90,
      module: 'core',
      op: 'checkpoint',
      params: { action: 'load' },
      payload: { action: 'load', tag: 'x', step: 85 },
    })
    writeRun(dir, { ledger: `${LEDGER}${formatLedgerLine(load)}torn{\n` })
    const refused = await hotcb(['--dir', dir, 'recipe', 'export'])
    expect(refused).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/^hotcb: seq 4 loads checkpoint `x` [^\n]*use `--force` to export it anyway\n$/),
    })
    const forced = await hotcb(['--dir', dir, 'recipe', 'export', '--force'])
    expect(forced.code).toBe(0)
    expect(forced.err).toMatch(
      /^note: `.*hotcb\.applied\.jsonl`: one line is left out: byte \d+: .*\nnote: seq 4 loads .*\n$/,
    )
  })

  test.each([
    [['--module', 'optt'], 2, '`--module` "optt" is not a module of this run: did you mean `opt`?'],
    [['--from', '9', '--to', '8'], 2, '`--from` must be at most `--to`, got 9 and 8'],
    [['--from', 'x'], 2, '`--from` must be a whole number, got "x"'],
    [['--out', 'no/where.jsonl'], 1, 'cannot write `no/where.jsonl`: no such file or directory (ENOENT)'],
  ])('%j is refused', async (words, code, message) => {
    const dir = steeredRun()
    expect(await hotcb(['--dir', dir, 'recipe', 'export', ...words])).toEqual({
      code,
      out: '',
      err: `hotcb: ${message}\n`,
    })
  })

  test('reports a run without a ledger', async () => {
    const dir = temporaryDirectory()
    expect((await hotcb(['recipe', 'export'], { cwd: dir })).err).toContain('`.` is not a run directory')
    writeRun(dir, { commands: '' })
    expect(await hotcb(['recipe', 'export'], { cwd: dir })).toEqual({
      code: 1,
      out: '',
      err: 'hotcb: the ledger `hotcb.applied.jsonl` does not exist: this run has no changes\n',
    })
  })
})

describe('the captured sources of a recipe', () => {
  const ONE = 'a'.repeat(64)
  const MANY = 'b'.repeat(64)
  const HERE = `hotcb.sources/${ONE}.mjs`

  function load(seq: number, id: string, capture: { sha256: string; captured_path: string }): string {
    const target = { kind: 'file', path: `${id}.mjs`, symbol: 'X' }
    const payload = { target, init: {}, enabled: true, source_capture: capture }
    return formatLedgerLine(ledgerLine({ seq, step: 10, module: 'cb', op: 'load', id, params: null, payload, old: {} }))
  }

  /** Creates a run that loaded a callback from one file and one from two files. */
  function runWithCallbacks(): string {
    const dir = temporaryDirectory()
    const entry = `hotcb.sources/${MANY}/src/entry.mjs`
    const loads =
      load(2, 'one', { sha256: ONE, captured_path: HERE }) + load(3, 'two', { sha256: MANY, captured_path: entry })
    writeRun(dir, { ledger: ATTEMPT + loads, state: stateDocument({ closed: true }) })
    mkdirSync(join(dir, 'hotcb.sources', MANY, 'src'), { recursive: true })
    writeFileSync(join(dir, HERE), 'one')
    writeFileSync(join(dir, entry), 'entry')
    writeFileSync(join(dir, 'hotcb.sources', MANY, 'part.mjs'), 'part')
    return dir
  }

  test('are copied next to a recipe that is exported or applied outside the run', async () => {
    const dir = runWithCallbacks()
    const away = temporaryDirectory()
    const exported = await hotcb(['--dir', dir, 'recipe', 'export', '--out', join(away, 'plan.jsonl')])
    expect(exported).toEqual({ code: 0, out: `✓ 2 entries, step 10: ${away}/plan.jsonl\n`, err: '' })
    const further = temporaryDirectory()
    await hotcb(['recipe', 'apply', 'plan.jsonl', '--out', join(further, 'p.jsonl')], { cwd: away })
    rmSync(dir, { recursive: true })
    for (const [place, recipe] of [
      [away, 'plan.jsonl'],
      [further, 'p.jsonl'],
    ] as const) {
      expect(read(place, HERE)).toBe('one')
      expect(read(place, `hotcb.sources/${MANY}/src/entry.mjs`)).toBe('entry')
      expect(read(place, `hotcb.sources/${MANY}/part.mjs`)).toBe('part')
      expect(await hotcb(['recipe', 'validate', join(place, recipe)])).toMatchObject({ code: 0, err: '' })
    }
  })

  test('are not copied for a recipe in the run, and for a recipe on standard output a note is printed', async () => {
    const dir = runWithCallbacks()
    expect(await hotcb(['--dir', dir, 'recipe', 'export'])).toMatchObject({ code: 0, err: '' })
    expect(read(dir, HERE)).toBe('one')
    const { err } = await hotcb(['--dir', dir, 'recipe', 'export', '--out', '-'])
    expect(err).toBe("note: the recipe refers to captured sources: keep the run's `hotcb.sources` folder next to it\n")
  })

  test('that are missing are reported before a replay, with file, line and path', async () => {
    const dir = runWithCallbacks()
    const away = temporaryDirectory()
    const recipe = join(away, 'plan.jsonl')
    await hotcb(['--dir', dir, 'recipe', 'export', '--out', recipe])
    rmSync(join(away, HERE))
    const problem = `${recipe}:1: \`source_capture.captured_path\` "${HERE}": the file does not exist: `
    const validated = await hotcb(['recipe', 'validate', recipe])
    expect(validated).toMatchObject({ code: 1, out: '', err: expect.stringContaining(problem) })
    const previewed = await hotcb(['replay', 'preview', recipe])
    expect(previewed).toMatchObject({ code: 1, out: expect.stringContaining(`"${HERE}": the file does not exist`) })
    const next = temporaryDirectory()
    writeRun(next, { commands: '' })
    const frozen = await hotcb(['--dir', next, 'freeze', '--mode', 'replay', '--recipe', recipe])
    expect(frozen).toMatchObject({ code: 1, err: expect.stringContaining(problem) })
    expect(existsSync(join(next, 'hotcb.freeze.json'))).toBe(false)
    rmSync(join(dir, HERE))
    const again = await hotcb(['--dir', dir, 'recipe', 'export'])
    expect(again).toMatchObject({ code: 0, err: expect.stringContaining('is not in this run: a replay of the recipe') })
  })
})

test('the recipe commands work in a directory that contains only a recipe', async () => {
  const dir = temporaryDirectory()
  writeFileSync(join(dir, 'hotcb.recipe.jsonl'), LR + CE)
  for (const words of [
    ['recipe', 'validate'],
    ['recipe', 'show'],
    ['recipe', 'apply'],
    ['replay', 'preview'],
  ]) {
    expect(await hotcb(['--dir', dir, ...words])).toMatchObject({ code: 0 })
  }
  const valid = await hotcb(['--dir', dir, 'recipe', 'validate'])
  expect(valid).toEqual({
    code: 0,
    out: `✓ ${dir}/hotcb.recipe.jsonl: 2 entries, valid\n`,
    err: `note: \`${dir}\` has no control descriptions to check the recipe against\n`,
  })
  const typo = await hotcb(['--dir', join(dir, 'typo'), 'recipe', 'validate'])
  expect(typo).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^hotcb: [^\n]*typo[^\n]*\n$/) })
})

describe('recipe validate', () => {
  test('checks a file against the controls of a run', async () => {
    const dir = steeredRun()
    writeFileSync(join(dir, 'r.jsonl'), LR + CE)
    const fits = await hotcb(['--dir', dir, 'recipe', 'validate', '--recipe', 'r.jsonl'])
    expect(fits).toEqual({
      code: 0,
      out: `✓ ${dir}/r.jsonl: 2 entries, valid, and it matches the controls of \`${dir}\`\n`,
      err: '',
    })
  })

  test('lists entries that do not match the run by line', async () => {
    const dir = steeredRun()
    writeFileSync(
      join(dir, 'r.jsonl'),
      LR.replace('"lr"', '"lrr"') + CE.replace('2}', '11}') + CE.replace('loss', 'cb'),
    )
    const { code, err } = await hotcb(['recipe', 'validate', 'r.jsonl', '--dir', '.'], { cwd: dir })
    expect({ code, err }).toEqual({
      code: 1,
      err: 'r.jsonl:1: `params.lrr` is not a control of this run: did you mean `lr`?\nr.jsonl:2: `params.ce` must be between 0 and 10, got 11\nr.jsonl:3: `module` "cb" does not exist in this run\n3 problems in r.jsonl\n',
    })
    expect((await hotcb(['recipe', 'validate', 'r.jsonl', '--dir', '.', '--no-controls'], { cwd: dir })).code).toBe(0)
  })
})

test('recipe diff compares by meaning; with --exit-code it exits with 1 if there are differences', async () => {
  const dir = temporaryDirectory()
  writeFileSync(join(dir, 'a.jsonl'), LR + CE)
  writeFileSync(join(dir, 'b.jsonl'), CE + LR.replace('0.01', '0.02').replace('40', '50'))
  const { code, out } = await hotcb(['recipe', 'diff', 'a.jsonl', 'b.jsonl'], { cwd: dir })
  expect({ code, out }).toEqual({
    code: 0,
    out: '~  step 50 train_step_end  opt set_params  at.step 40 → 50, params.lr 0.01 → 0.02\n1 difference\n',
  })
  expect((await hotcb(['recipe', 'diff', '--exit-code', 'a.jsonl', 'b.jsonl'], { cwd: dir })).code).toBe(1)
  const json = JSON.parse((await hotcb(['recipe', 'diff', 'a.jsonl', 'b.jsonl', '--json'], { cwd: dir })).out)
  expect(json).toMatchObject({
    same: false,
    differences: [{ kind: 'changed', fields: [{ path: 'at.step' }, { path: 'params.lr' }] }],
  })
  expect(await hotcb(['recipe', 'diff', '--exit-code', 'a.jsonl', 'a.jsonl'], { cwd: dir })).toEqual({
    code: 0,
    out: '✓ no differences\n',
    err: '',
  })
  const missing = (...flags: string[]): Promise<{ code: number | null; err: string }> =>
    hotcb(['recipe', 'diff', 'a.jsonl', 'none.jsonl', ...flags], { cwd: dir })
  expect(await missing('--exit-code')).toMatchObject({ code: 2, err: expect.stringContaining('none.jsonl') })
  expect(await missing()).toMatchObject({ code: 1, err: expect.stringContaining('none.jsonl') })
})

test('an overlay is created by recipe patch-template, applied, and shown', async () => {
  const dir = steeredRun()
  writeRun(dir, { recipe: LR + CE })
  const template = [
    '--dir',
    dir,
    'recipe',
    'patch-template',
    '--recipe',
    'hotcb.recipe.jsonl',
    '--output',
    'hotcb.adjust.yaml',
  ]
  expect((await hotcb(template)).out).toBe(`✓ overlay to fill in: ${dir}/hotcb.adjust.yaml\n`)
  expect(await hotcb(template)).toMatchObject({ code: 1, err: expect.stringContaining('already exists') })
  expect((await hotcb([...template, '--force'])).code).toBe(0)
  const filled = read(dir, 'hotcb.adjust.yaml').replace(
    '# transform_params: { scale: { lr: 1 }',
    'transform_params: { scale: { lr: 0.5 }',
  )
  writeFileSync(join(dir, 'hotcb.adjust.yaml'), filled)
  const applied = await hotcb([
    '--dir',
    dir,
    'recipe',
    'apply',
    '--adjust',
    'hotcb.adjust.yaml',
    '--step-offset',
    '-50',
  ])
  expect(applied).toEqual({
    code: 0,
    out:
      '{"at":{"step":0,"event":"train_step_end"},"module":"opt","op":"set_params","id":"main","params":{"lr":0.005},"seq":2}\n' +
      '{"at":{"step":30,"event":"train_step_end"},"module":"loss","op":"set_params","id":"main","params":{"ce":2},"seq":3}\n',
    err: `note: ${dir}/hotcb.adjust.yaml: \`patches.1\` matches, but changes nothing\n`,
  })
  const shown = await hotcb(['--dir', dir, 'recipe', 'show', '--module', 'opt'])
  expect(shown.out).toBe(
    `    1  step 40  train_step_end  opt set_params lr=0.01\n1 of 2 entries in ${dir}/hotcb.recipe.jsonl\n`,
  )
})

test('a replay on a run past its entries reports how many are applied immediately', async () => {
  const dir = steeredRun()
  writeRun(dir, { recipe: LR + CE, state: stateDocument({ step: 60 }) })
  const note = 'note: 1 entry is for steps before 60 and will be applied immediately\n'
  expect((await hotcb(['--dir', dir, 'replay', 'preview'])).err).toBe(note)
  expect((await hotcb(['--dir', dir, 'freeze', '--mode', 'replay'])).err).toBe(note)
  writeRun(dir, { state: stateDocument({ step: 60, closed: true }) })
  expect((await hotcb(['--dir', dir, 'replay', 'preview'])).err).toBe('')
})

describe('recipe queue', () => {
  test('queues one command per entry, at its step', async () => {
    const dir = steeredRun()
    writeFileSync(join(dir, 'r.jsonl'), LR + CE.replace('"train_step_end"', 'null'))
    const { code, out, err } = await hotcb(['--dir', dir, 'recipe', 'queue', 'r.jsonl', '--step-offset', '100'])
    expect({ code, out, err }).toEqual({
      code: 0,
      out: '✓ queued 2 entries for steps 140 to 180\n',
      err: 'note: no trainer is alive; the next one will apply the commands\n',
    })
    expect(commandsOf(dir)).toMatchObject([
      {
        source: 'recipe',
        author: 'ann',
        module: 'opt',
        op: 'set_params',
        params: { lr: 0.01 },
        at: { step: 140, event: 'train_step_end' },
      },
      { source: 'recipe', author: 'ann', module: 'loss', op: 'set_params', params: { ce: 2 }, at: { step: 180 } },
    ])
  })

  test('reports that a freeze will refuse commands', async () => {
    const dir = steeredRun()
    writeRun(dir, { recipe: LR, freeze: { mode: 'prod' }, state: stateDocument({ step: 1 }) })
    expect((await hotcb(['--dir', dir, 'recipe', 'queue'])).err).toBe(
      'note: the run is frozen (`prod`): commands that become due before `hotcb unfreeze` will be refused\n',
    )
  })

  test('reports late entries, and sends nothing if an entry does not match the run', async () => {
    const dir = steeredRun()
    writeRun(dir, { state: stateDocument({ step: 60 }), recipe: LR + CE })
    expect((await hotcb(['--dir', dir, 'recipe', 'queue'])).err).toBe(
      'note: 1 entry is for steps before 60 and will be applied immediately\n',
    )
    writeRun(dir, { commands: '', recipe: LR + CE.replace('"ce"', '"kl"') })
    expect(await hotcb(['--dir', dir, 'recipe', 'queue'])).toEqual({
      code: 1,
      out: '',
      err: `hotcb: ${dir}/hotcb.recipe.jsonl:2: \`params.kl\` is not a control of this run: this run has lr, ce: nothing was sent\n`,
    })
    expect(read(dir, 'hotcb.commands.jsonl')).toBe('')
  })
})

describe('freeze to a replay', () => {
  test('writes paths that the trainer can resolve: as typed in the run, absolute elsewhere', async () => {
    const dir = steeredRun()
    const here = temporaryDirectory()
    writeRun(dir, { recipe: LR })
    writeFileSync(join(here, 'a.yaml'), 'patches: []\n')
    const { code, err } = await hotcb(
      [
        '--dir',
        dir,
        'freeze',
        '--mode',
        'replay_adjusted',
        '--adjust',
        'a.yaml',
        '--policy',
        'strict',
        '--step-offset',
        '100',
      ],
      { cwd: here },
    )
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(read(dir, 'hotcb.freeze.json'))).toEqual({
      mode: 'replay_adjusted',
      recipe_path: 'hotcb.recipe.jsonl',
      adjust_path: join(here, 'a.yaml'),
      policy: 'strict',
      step_offset: 100,
      author: 'ann',
    })
  })

  test.each([
    [
      ['--mode', 'replay', '--adjust', 'x'],
      2,
      'mode `replay` applies no overlay: `--adjust` is for `--mode replay_adjusted`',
    ],
    [
      ['--mode', 'prod', '--recipe', 'x'],
      2,
      '`--recipe` is for `--mode replay` and `replay_adjusted`, got mode `prod`',
    ],
    [['--mode', 'replay', '--recipe', '-'], 2, 'the trainer reads the recipe and the overlay from files, not from `-`'],
    [['--mode', 'replay', '--recipe', 'x'], 1, 'the recipe `x` does not exist'],
    [['--mode', 'replay'], 1, 'the recipe `hotcb.recipe.jsonl` does not exist'],
    [
      ['--mode', 'replay', '--recipe', '.'],
      1,
      '`.` is a directory, not a file; give the recipe inside it: `hotcb.recipe.jsonl`',
    ],
    [
      ['--mode', 'repaly'],
      2,
      '`--mode` must be one of off, prod, replay, replay_adjusted, got "repaly": did you mean `replay`?',
    ],
  ])('%j is refused', async (words, code, message) => {
    const dir = steeredRun()
    expect(await hotcb(['freeze', ...words], { cwd: dir })).toEqual({ code, out: '', err: `hotcb: ${message}\n` })
    expect(existsSync(join(dir, 'hotcb.freeze.json'))).toBe(false)
  })

  test('a recipe that does not match is refused while a trainer is alive; without one it gets a note', async () => {
    const dir = steeredRun()
    writeRun(dir, { recipe: LR.replace('"lr"', '"kl"') })
    const note = await hotcb(['freeze', '--mode', 'replay'], { cwd: dir })
    expect(note.code).toBe(0)
    expect(note.err).toMatch(
      /^note: the recipe does not match this run: hotcb\.recipe\.jsonl:1: `params\.kl` is not a control/,
    )
    writeRun(dir, { freeze: '', state: stateDocument() })
    const refused = await hotcb(['freeze', '--mode', 'replay'], { cwd: dir })
    expect({ code: refused.code, freeze: read(dir, 'hotcb.freeze.json') }).toEqual({ code: 1, freeze: '' })
    expect(refused.err).toMatch(/^hotcb: the recipe does not match this run: .*: the freeze was not changed\n$/)
  })
})

test('replay preview shows each change with its step, and entries that do not match', async () => {
  const dir = steeredRun()
  const here = temporaryDirectory()
  writeFileSync(join(here, 'r.jsonl'), LR + CE.replace('"ce"', '"kl"'))
  const { code, out, err } = await hotcb(['--dir', dir, 'replay', 'preview', 'r.jsonl', '--step-offset', '5'], {
    cwd: here,
  })
  expect({ code, out, err }).toEqual({
    code: 1,
    out:
      'step 45  train_step_end  opt set_params lr=0.01  r.jsonl:1\n' +
      'step 85  train_step_end  loss set_params kl=2    r.jsonl:2  `params.kl` is not a control of this run: this run has lr, ce\n',
    err: `✗ 1 of 2 entries does not match the controls of \`${dir}\`\n`,
  })
  const json = JSON.parse((await hotcb(['replay', 'preview', 'r.jsonl', '--json'], { cwd: here })).out)
  expect(json).toMatchObject({
    against: null,
    fits: true,
    rows: [{ step: 40, what: 'opt set_params lr=0.01' }, { step: 80 }],
    notes: [],
  })
})
