import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { answerCommands, commandsOf, control, stateDocument, writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

function newRun(): string {
  const dir = temporaryDirectory()
  writeRun(dir, {
    commands: '',
    state: stateDocument({ closed: true }),
    actuators: {
      controls: [
        control('lr'),
        control('distill', 'loss'),
        control('drop', 'net'),
        control('terms.aux', 'loss'),
        { ...control('terms.off', 'loss'), state: 'disabled' },
      ],
    },
  })
  return dir
}

describe('a command line is sent as the matching command', () => {
  const one = (module: string, op: string, params: object | null, rest: object = {}): object[] => [
    { module, op, id: 'main', params, ...rest },
  ]
  // The examples from hotcb 2's command line page, unchanged, and the new commands.
  test.each<[string, object[]]>([
    ['set lr=5e-5', one('opt', 'set_params', { lr: 5e-5 })],
    ['set distill_w=0.25', one('loss', 'set_params', { distill_w: 0.25 })],
    ['set drop=0.5 --id=b', one('net', 'set_params', { drop: 0.5 }, { id: 'b' })],
    ['opt enable', one('opt', 'enable', null)],
    ['opt disable', one('opt', 'disable', null)],
    ['opt disable lr', one('opt', 'disable', { key: 'lr' })],
    ['opt set_params lr=3e-5 weight_decay=0.01', one('opt', 'set_params', { lr: 3e-5, weight_decay: 0.01 })],
    ['opt set_params clip_norm=1.0', one('opt', 'set_params', { clip_norm: 1 })],
    ['opt set_params scheduler_scale=0.5', one('opt', 'set_params', { scheduler_scale: 0.5 })],
    ['opt set_params scheduler_drop=0.1', one('opt', 'set_params', { scheduler_drop: 0.1 })],
    ['loss enable', one('loss', 'enable', null)],
    ['loss disable', one('loss', 'disable', null)],
    ['loss set_params distill_w=0.2 depth_w=1.5', one('loss', 'set_params', { distill_w: 0.2, depth_w: 1.5 })],
    [
      'loss set_params terms.aux_depth=false terms.aux_heatmap=true',
      one('loss', 'set_params', { 'terms.aux_depth': false, 'terms.aux_heatmap': true }),
    ],
    [
      'loss set_params ramps.depth={"type":"linear","warmup_frac":0.2,"end":2.0}',
      one('loss', 'set_params', { 'ramps.depth': { type: 'linear', warmup_frac: 0.2, end: 2 } }),
    ],
    ['checkpoint branch', one('core', 'checkpoint', { action: 'branch' })],
    ['checkpoint branch twice', one('core', 'checkpoint', { action: 'branch', tag: 'twice' })],
    ['tune enable', one('tune', 'enable', { mode: 'active' })],
    ['revert #7 --force', one('core', 'revert', { seq: 7, force: true })],
    ['enable lr', one('opt', 'enable', { key: 'lr' })],
    ['cb enable timing', one('cb', 'enable', null, { id: 'timing' })],
    ['disable terms.aux', one('loss', 'disable', { key: 'terms.aux' })],
    [
      'set lr=0.1 distill_w=2 group=0',
      [...one('opt', 'set_params', { lr: 0.1, group: 0 }), ...one('loss', 'set_params', { distill_w: 2 })],
    ],
    [
      'set lr=0.1 --at step=500,event=val_end --expires step=900 --expect lr=0.01 --note why',
      one(
        'opt',
        'set_params',
        { lr: 0.1 },
        {
          at: { step: 500, event: 'val_end' },
          expires: { step: 900 },
          expect: { lr: 0.01 },
          note: 'why',
        },
      ),
    ],
  ])('hotcb --dir RUN %s', async (line, asked) => {
    const dir = newRun()
    writeRun(dir, { state: stateDocument() })
    const { code, err } = await hotcb(['--dir', dir, ...line.split(' ')])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const commands = commandsOf(dir)
    expect(commands).toEqual(
      asked.map((expected) => expect.objectContaining({ source: 'cli', author: 'ann', ...expected })),
    )
    expect(new Set(commands.map(({ cid }) => cid)).size).toBe(asked.length)
  })

  test('`--dir` may be anywhere on the line', async () => {
    const dir = newRun()
    await hotcb(['--dir', dir, 'opt', 'set_params', 'lr=1'])
    await hotcb(['opt', `--dir=${dir}`, 'set_params', 'lr=2'])
    await hotcb(['opt', 'set_params', 'lr=3', '--dir', dir])
    expect(commandsOf(dir).map(({ params }) => params)).toEqual([{ lr: 1 }, { lr: 2 }, { lr: 3 }])
  })
})

test('a command with an event whose name resembles a known one is sent, with a note', async () => {
  const dir = newRun()
  writeRun(dir, { state: stateDocument({ closed: true }) })
  const at = (event: string) => hotcb(['--dir', dir, 'set', 'lr=0.1', '--at', `step=900,event=${event}`])
  expect(await at('val_epoch_ends')).toMatchObject({
    code: 0,
    err: 'no event `val_epoch_ends` is known here: did you mean `val_epoch_end` or `train_epoch_end`?\n',
  })
  expect([(await at('val_epoch_end')).err, (await at('my_own')).err]).toEqual(['', ''])
  expect(commandsOf(dir)).toHaveLength(3)
})

test('a script needs `--late` to send a command for a step past the end of a live run', async () => {
  const dir = newRun()
  writeRun(dir, { state: stateDocument({ step: 12 }), run: { run_id: 'r', max_steps: 400 } })
  const words = ['--dir', dir, 'set', 'lr=0.1', '--at', '400']
  expect(await hotcb(words)).toEqual({
    code: 2,
    out: '',
    err: 'hotcb: step 400 of `--at` is past the end: the run ends after step 399; use `--late` to send it anyway: it then waits until the run is trained for longer\n',
  })
  expect(await hotcb([...words, '--late'])).toMatchObject({ code: 0, err: '' })
  expect(await hotcb([...words.slice(0, -1), '399'])).toMatchObject({ code: 0, err: '' })
  // The next trainer may train for longer.
  writeRun(dir, { state: stateDocument({ step: 12, closed: true }) })
  expect(await hotcb(words)).toMatchObject({ code: 0, err: '' })
  expect(commandsOf(dir).map(({ at }) => at?.step)).toEqual([400, 399, 400])
})

test('a script needs `--late` to send a command for a past step', async () => {
  const dir = newRun()
  writeRun(dir, { state: stateDocument({ step: 812 }) })
  const words = ['--dir', dir, 'set', 'lr=0.1', '--at', 'step=500']
  expect(await hotcb(words)).toEqual({
    code: 2,
    out: '',
    err: 'hotcb: step 500 of `--at` has passed: the trainer is at step 812; use `--late` to send it anyway: it is then applied at the next safe point\n',
  })
  expect(commandsOf(dir)).toEqual([])
  expect(await hotcb([...words, '--late'])).toMatchObject({ code: 0, err: '' })
  expect(await hotcb([...words.slice(0, -1), 'step=812'])).toMatchObject({ code: 0, err: '' })
  // The first step of the next trainer is unknown.
  writeRun(dir, { state: stateDocument({ step: 812, closed: true }) })
  expect(await hotcb(words)).toMatchObject({ code: 0, err: '' })
  expect(commandsOf(dir).map(({ at }) => at?.step)).toEqual([500, 812, 500])
})

test('`enable` and `disable` accept controls and callbacks, and suggest the most similar name of either kind', async () => {
  const dir = newRun()
  writeRun(dir, { state: stateDocument({ modules: { cb: { timing: { enabled: true } } } }) })
  const refusal = async (...words: string[]): Promise<string> => {
    const { code, err } = await hotcb(['--dir', dir, ...words])
    expect(code).toBe(1)
    return err
  }
  expect(await refusal('disable', 'timign')).toBe(
    'hotcb: `timign` is neither a control nor a callback of this run: did you mean `timing`?; use `hotcb cb disable timign` to select a callback anyway\n',
  )
  expect(await refusal('disable', 'lrr')).toContain('neither a control nor a callback of this run: did you mean `lr`?')
  expect(await refusal('enable', 'nosuch')).toContain(
    '`nosuch` is neither a control nor a callback of this run: choose from lr, distill, drop, terms.aux, terms.off, timing',
  )
  expect(commandsOf(dir)).toEqual([])
  expect((await hotcb(['--dir', dir, 'disable', 'timing'])).code).toBe(0)
  expect((await hotcb(['--dir', dir, 'cb', 'disable', 'younger'])).code).toBe(0)
  expect(commandsOf(dir).map(({ module, id }) => [module, id])).toEqual([
    ['cb', 'timing'],
    ['cb', 'younger'],
  ])
})

test('`serve` refuses a missing directory and one that is not a run', async () => {
  const dir = temporaryDirectory()
  for (const [words, message] of [
    [['--dir', join(dir, 'typo'), 'serve'], 'typo'],
    [['--dir', dir, 'serve'], 'is not a run directory'],
    [['serve', '--root', join(dir, 'typo')], '`--root` must be a directory'],
  ] as const) {
    const { code, out, err } = await hotcb(words)
    expect({ code, out, lines: err.split('\n').length }).toEqual({ code: 1, out: '', lines: 2 })
    expect(err).toContain(message)
  }
})

describe('a mistake is reported in one clear line with the right exit code, and nothing is written', () => {
  test.each<[string, number, string]>([
    ['set', 2, 'KEY=VALUE is missing: A control and its new value'],
    ['set lr', 2, 'expected `key=value`, got "lr"'],
    ['set =3', 2, 'expected `key=value`, got "=3"'],
    ['set lrr=1', 2, 'unknown key `lrr`: did you mean `lr`?'],
    ['set distil=1', 2, 'unknown key `distil`: did you mean `distill`?'],
    ['set qqqqqq=1', 2, 'unknown key `qqqqqq`: choose from lr, distill, drop'],
    ['set lr=banana', 2, '`lr` must be a number, got "banana"'],
    ['set lr=true', 2, '`lr` must be a number, got true'],
    ['loss set_params distill_w=much', 2, '`distill_w` must be a number, got "much"'],
    ['opt set_params lr=fast', 2, '`lr` must be a number, got "fast"'],
    ['set lr={1', 2, '`lr`: expected JSON, got "{1"'],
    ['set lr=1e999', 2, '`lr`: expected a finite number, got "1e999"'],
    ['set lr=1 lr=2', 2, '`lr` is given twice: 1 and 2'],
    ['set lr=x2 lr=+-3', 2, '`lr` is given twice: x2 and +-3'],
    ['set lr=1 --at=5 --at=7', 2, '`--at` is given twice: "5" and "7"'],
    ['set lr=1 --id=', 2, '`--id` is empty: expected ID'],
    ['opt enable --id=', 2, '`--id` is empty: expected ID'],
    ['loss set_params lr=1', 2, '`lr` is a control of `opt`, not of `loss`: use `hotcb set lr=VALUE`'],
    ['set lr=null', 2, '`lr` must be a number, got null'],
    ['set lr=1 distill_w=null', 2, '`distill_w` must be a number, got null'],
    ['set lr=50', 2, '`lr` must be between 0 and 10, got 50'],
    ['set lr=0x10', 2, '`lr` must be a number, got "0x10"'],
    ['set lr=[1,2]', 2, '`lr` must be a number, got [1,2]'],
    ['set distill_w=-1', 2, '`distill_w` must be between 0 and 10, got -1'],
    ['loss set_params ramps.distill={"end":3}', 2, '`ramps.distill` needs `steps`, or `warmup_frac` between 0 and 1'],
    [
      'set ramps.distil={"end":3,"steps":5}',
      2,
      '`distil` of `ramps.distil` is not a control of this run: did you mean `distill`?',
    ],
    ['set lr=1 --expect=distil=2', 2, '`--expect` names `distil`, which is not a control of this run: did you mean'],
    ['set lr=1 scheduler_drop=0', 2, '`scheduler_drop` must be greater than 0, got 0'],
    ['set lr=1 scheduler_scale=0.5', 2, '`lr` and `scheduler_scale` cannot be set together: both set the learning'],
    ['set lr=1 distil_w=2', 2, '`distil_w` is not a control of this run: did you mean `distill`?'],
    ['set distill_w=2 momentum=0.9', 2, '`momentum` is not a control of this run: this run has lr, distill, drop'],
    ['set lr=1 terms.off=2', 1, '`terms.off` is disabled: nothing was sent; run `hotcb enable terms.off` first'],
    ['set lr=9007199254740993', 2, '`lr`: expected a whole number between -9007199254740991 and 9007199254740991'],
    [
      'set lr=1 --at=9007199254740993',
      2,
      '`step`: expected a whole number between -9007199254740991 and 9007199254740991',
    ],
    ['ctl call f 9007199254740993', 2, 'expected a whole number between -9007199254740991 and 9007199254740991'],
    ['set lr=1 --late', 2, '`--late` requires `--at`'],
    ['set lr=1 --wiat', 2, 'unknown flag `--wiat`: did you mean `--wait`?'],
    ['set lr=1 --at=soon', 2, 'expected `key=value`, got "soon"'],
    ['sett lr=1', 2, 'unknown command "sett": did you mean `hotcb set`?'],
    ['lr=1', 2, 'unknown command "lr=1": did you mean `hotcb set lr=1`?'],
    ['opt', 2, '`hotcb opt` needs one of set_params, enable, disable'],
    ['opt enabel', 2, 'unknown command "opt enabel": did you mean `hotcb opt enable`?'],
    ['opt set_params lrr=1', 2, 'unknown key `lrr`: did you mean `lr`?'],
    ['enable', 2, 'NAME is missing'],
    ['enable lr x', 2, 'unexpected argument "x"'],
    ['enable lrr', 1, '`lrr` is not a control of this run, and its trainer has no callbacks: did you mean `lr`?'],
    ['freeze --mode pord', 2, '`--mode` must be one of off, prod, replay, replay_adjusted, got "pord"'],
    ['freeze --mode replay', 1, 'the recipe `hotcb.recipe.jsonl` does not exist'],
    ['freeze --mode replay_adjusted --recipe a --adjust b', 1, 'the overlay `b` does not exist'],
    ['bench eval', 2, '`--data` is missing: give the data set and its directory'],
    ['log --outcome aplied', 2, '`--outcome` must be one of'],
    ['log -n many', 2, '`--last` must be a whole number >= 0, got "many"'],
    ['demo --max-steps=few', 2, '`--max-steps` must be a whole number >= 1, got "few"'],
    ['demo --max-steps=0', 2, '`--max-steps` must be a whole number >= 1, got "0"'],
    ['demo --checkpoint-every=0', 2, '`--checkpoint-every` must be a whole number >= 1, got "0"'],
    ['checkpoint drop', 2, '`checkpoint drop` needs a TAG'],
    ['checkpoint save best --yes', 2, '`--yes` belongs to `checkpoint drop`, got "save"'],
    ['checkpoint delete best', 2, '`checkpoint` accepts save, load, drop and branch, got "delete"'],
    ['demo --step-delay=-1', 2, '`--step-delay` must be a number >= 0, got "-1"'],
    ['demo --seed=-1', 2, '`--seed` must be a whole number >= 0, got "-1"'],
    ['demo --port=99999', 2, '`--port` must be a whole number from 0 to 65535, got "99999"'],
    ['status now', 2, 'unexpected argument "now"'],
  ])('hotcb --dir RUN %s', async (line, code, message) => {
    const dir = newRun()
    const ended = await hotcb(['--dir', dir, ...line.split(' ')])
    expect(ended).toEqual({ code, out: '', err: expect.stringContaining(`hotcb: ${message}`) })
    expect(ended.err.trimEnd().split('\n')).toHaveLength(1)
    expect(commandsOf(dir)).toEqual([])
  })

  test('with `--json` it is one object on standard error, with names and values for programs', async () => {
    const { code, out, err } = await hotcb(['--dir', newRun(), 'set', 'lrr=1', '--json'])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(JSON.parse(err)).toEqual({
      error: 'unknown key `lrr`: did you mean `lr`?',
      code: 'unknown',
      exit_code: 2,
      facts: { keys: ['lrr'], known: ['lr', 'distill', 'drop', 'terms.aux', 'terms.off'] },
    })
  })
})

describe('a run directory', () => {
  test('that is missing is refused', async () => {
    const ended = await hotcb(['--dir', join(temporaryDirectory(), 'no'), 'set', 'lr=1'])
    expect(ended).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/^hotcb: the directory `.*no` does not exist; .*init` creates it\n$/),
    })
  })

  test('that is a file is refused', async () => {
    const path = join(temporaryDirectory(), 'file')
    writeFileSync(path, '')
    for (const command of [['set', 'lr=1'], ['status'], ['init'], ['freeze']]) {
      const ended = await hotcb(['--dir', path, ...command])
      expect(ended).toEqual({ code: 1, out: '', err: `hotcb: \`${path}\` is a file, not a run directory\n` })
    }
  })

  test('with a directory in place of the command file is refused', async () => {
    const dir = newRun()
    const { code, err } = await hotcb(['--dir', join(dir, 'x', '..'), 'init'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const ended = await hotcb(['--dir', '/dev/null/x', 'set', 'lr=1'])
    expect(ended).toEqual({ code: 1, out: '', err: expect.stringMatching(/^hotcb: .*\n$/) })
  })

  test('with a newer protocol is refused, and nothing is written', async () => {
    const dir = newRun()
    writeRun(dir, { state: stateDocument({ protocol: 2 }) })
    const ended = await hotcb(['--dir', dir, 'set', 'lr=1'])
    expect(ended).toEqual({
      code: 1,
      out: '',
      err: expect.stringContaining('this run uses protocol 2, but this hotcb supports only 1: nothing was written'),
    })
    expect(commandsOf(dir)).toEqual([])
    const frozen = await hotcb(['--dir', dir, 'freeze'])
    expect(frozen.code).toBe(1)
    expect(existsSync(join(dir, 'hotcb.freeze.json'))).toBe(false)
    const status = await hotcb(['--dir', dir, 'status'])
    expect(status).toEqual({ code: 0, out: expect.stringContaining('uses protocol 2'), err: '' })
  })
})

test('`init` creates the files of a run, and leaves them unchanged the second time', async () => {
  const dir = join(temporaryDirectory(), 'runs/exp-001')
  const first = await hotcb(['--dir', dir, 'init'])
  expect(first).toEqual({ code: 0, out: expect.stringMatching(/^(Created .*\n){5}$/), err: '' })
  expect(readFileSync(join(dir, 'hotcb.yaml'), 'utf8')).toBe('version: 1\n')
  writeFileSync(join(dir, 'hotcb.yaml'), 'version: 1\nopt: {}\n')
  const second = await hotcb(['--dir', dir, 'init', '--json'])
  expect(JSON.parse(second.out).files).toEqual(
    ['yaml', 'commands.jsonl', 'applied.jsonl', 'recipe.jsonl', 'freeze.json'].map((name) => ({
      file: `hotcb.${name}`,
      created: false,
    })),
  )
  expect(readFileSync(join(dir, 'hotcb.yaml'), 'utf8')).toBe('version: 1\nopt: {}\n')
})

const CODED = 'actuator_disabled: `lr` is disabled: enable it first'

describe('an answer of the trainer', () => {
  test('shows the old value, the new value and the step', async () => {
    const dir = newRun()
    answerCommands(dir, () => ({ old: { lr: 0.1 }, author: 'ann' }))
    const ended = await hotcb(['--dir', dir, 'set', 'lr=0.01', '--wait'])
    expect(ended).toEqual({ code: 0, out: '✓ lr 0.1 → 0.01 at step 412  seq 2\n', err: '' })
  })

  test('that refuses a command goes to standard error, with exit code 1', async () => {
    const dir = newRun()
    answerCommands(dir, () => ({ decision: 'failed', payload: null, error: CODED }))
    const ended = await hotcb(['--dir', dir, 'set', 'lr=5', '--wait'])
    expect(ended).toEqual({
      code: 1,
      out: '',
      err: '✗ lr = 5: failed at step 412: `lr` is disabled: enable it first  seq 2\n',
    })
  })

  test('reports a refusal by a freeze', async () => {
    const dir = newRun()
    answerCommands(dir, () => ({ decision: 'ignored_freeze', payload: null }))
    const ended = await hotcb(['--dir', dir, 'set', 'lr=1', '--wait'])
    expect(ended).toEqual({ code: 1, out: '', err: '✗ lr = 1: refused by the freeze at step 412  seq 2\n' })
  })

  test('to two commands has two lines and the worse exit code', async () => {
    const dir = newRun()
    answerCommands(dir, ({ module }) => (module === 'opt' ? { old: { lr: 0.1 } } : { decision: 'failed', error: 'no' }))
    const { code, out } = await hotcb(['--dir', dir, 'set', 'lr=1', 'distill_w=2', '--wait', '--json'])
    expect(code).toBe(1)
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      expect.objectContaining({ module: 'opt', decision: 'applied', step: 412, payload: { lr: 1 }, old: { lr: 0.1 } }),
      expect.objectContaining({ module: 'loss', decision: 'failed', error: 'no' }),
    ])
  })

  test('that never arrives gives exit code 3, and the command stays queued', async () => {
    const dir = newRun()
    answerCommands(dir, () => null)
    const ended = await hotcb(['--dir', dir, 'set', 'lr=1', '--wait=0.2'])
    expect(ended).toEqual({ code: 3, out: '', err: expect.stringContaining('lr = 1: queued; no answer within 0.2 s') })
    expect(commandsOf(dir)).toHaveLength(1)
  })

  test('is not awaited if no trainer is alive: exit code 3 immediately', async () => {
    const dir = newRun()
    writeRun(dir, { state: stateDocument({ closed: true }) })
    const ended = await hotcb(['--dir', dir, 'set', 'lr=1', '--wait'])
    expect(ended).toEqual({
      code: 3,
      out: '',
      err: expect.stringContaining('no trainer is alive: the next one will apply it'),
    })
    expect(commandsOf(dir)).toHaveLength(1)
  })

  test('is not awaited if the ranks of a training run are lost, and `status` shows why', async () => {
    const dir = newRun()
    writeRun(dir, { state: stateDocument({ ranks: { world_size: 4, lost: 'rank 2 was killed' } }) })
    expect(await hotcb(['--dir', dir, 'set', 'lr=1', '--wait'])).toEqual({
      code: 3,
      out: '',
      err: expect.stringContaining(
        'the ranks of this run cannot be reached: the command will apply when the run is started again',
      ),
    })
    expect(JSON.parse((await hotcb(['--dir', dir, 'set', 'lr=1', '--wait', '--json'])).out)).toMatchObject({
      queued: true,
      why: 'ranks_lost',
    })
    const { out } = await hotcb(['--dir', dir, 'status'])
    expect(out).toContain(', 4 ranks')
    expect(out).toContain('the ranks cannot be reached and no more commands are accepted: rank 2 was killed')
  })

  test('ends its wait if the trainer dies during it', async () => {
    const dir = newRun()
    answerCommands(dir, () => {
      writeRun(dir, { state: stateDocument({ closed: true }) })
      return null
    })
    const ended = await hotcb(['--dir', dir, 'set', 'lr=1', '--wait=20', '--json'])
    expect(ended.code).toBe(3)
    expect(JSON.parse(ended.out)).toMatchObject({ decision: null, queued: true, why: 'no_trainer' })
  })

  test('is not awaited in a script without `--wait`', async () => {
    const dir = newRun()
    answerCommands(dir, () => null)
    const ended = await hotcb(['--dir', dir, 'set', 'lr=1'])
    expect(ended).toEqual({ code: 0, out: expect.stringMatching(/^· lr = 1: queued {2}\w{19}\n$/), err: '' })
  })
})

describe('a foreign kernel', () => {
  const FOREIGN = '{"seq": 1, "step": 3, "module": "opt", "op": "set_params", "id": "main", "decision": "applied"}\n'

  test('does not support conditions: they are refused', async () => {
    const dir = newRun()
    writeRun(dir, { ledger: FOREIGN })
    for (const flag of ['--at=step=5', '--expect=lr=1', '--expires=step=9']) {
      const ended = await hotcb(['--dir', dir, 'set', 'lr=1', flag])
      expect(ended).toEqual({
        code: 1,
        out: '',
        err: expect.stringContaining('is trained by hotcb 2 in Python, which does not support `--at`'),
      })
    }
    expect(commandsOf(dir)).toEqual([])
  })

  test('does not answer by cid: the command is queued with exit code 0', async () => {
    const dir = newRun()
    writeRun(dir, { ledger: FOREIGN })
    const ended = await hotcb(['--dir', dir, 'set', 'lr=1', '--wait'])
    expect(ended).toEqual({
      code: 0,
      out: expect.stringContaining('queued; this kernel does not answer by `cid`'),
      err: '',
    })
  })

  test('is recognized by its control descriptions', async () => {
    const dir = temporaryDirectory()
    writeRun(dir, { actuators: { controls: [control('lr')] } })
    const ended = await hotcb(['--dir', dir, 'set', 'lr=1', '--wait', '--json'])
    expect(JSON.parse(ended.out)).toMatchObject({ why: 'kernel_answers_no_cid' })
  })

  test('receives commands in its own format, and none that it would apply differently', async () => {
    const dir = newRun()
    writeRun(dir, { ledger: FOREIGN, actuators: { controls: [control('lr'), control('aux', 'loss')] } })
    await hotcb(['--dir', dir, 'set', 'aux_w=1'])
    for (const args of [
      ['set', 'lr=1', 'group=0'],
      ['opt', 'disable'],
      ['cb', 'load', 'a', '--file', 'a.ts'],
      ['pause'],
    ]) {
      const ended = await hotcb(['--dir', dir, ...args])
      expect(ended).toEqual({
        code: 1,
        out: '',
        err: expect.stringContaining('is trained by hotcb 2 in Python, which '),
      })
    }
    expect(commandsOf(dir)).toEqual([expect.objectContaining({ module: 'loss', params: { aux: 1 } })])
  })

  test('applies a freeze without confirming it', async () => {
    const dir = newRun()
    writeRun(dir, { ledger: FOREIGN })
    expect(await hotcb(['--dir', dir, 'freeze', '--wait'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('this kernel applies it at its next check, without confirming it'),
    })
  })

  test('has callbacks: `enable timing` enables one', async () => {
    const dir = newRun()
    writeRun(dir, { ledger: FOREIGN })
    await hotcb(['--dir', dir, 'enable', 'timing'])
    expect(commandsOf(dir)).toEqual([
      expect.objectContaining({ module: 'cb', op: 'enable', id: 'timing', params: null }),
    ])
  })
})
