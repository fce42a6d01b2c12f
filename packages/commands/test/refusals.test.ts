import { expect, test } from 'vitest'
import { control, drafts, FACTS, NOTHING_KNOWN, read } from './facts.ts'

const ALL = 'choose from lr, distill_w, terms.aux, size, locked'

test.each<[string, string]>([
  ['', '`hotcb` needs one of '],
  ['opt', '`hotcb opt` needs one of set_params, enable, disable'],
  ['lr=0.5', 'unknown command "lr=0.5": did you mean `hotcb set lr=0.5`?'],
  ['paus', 'unknown command "paus": did you mean `hotcb pause`'],
  ['qqqqqqqq', 'unknown command "qqqqqqqq": see `hotcb --help`'],
  ['ctl qqqqqqqq', 'unknown command "ctl qqqqqqqq": `hotcb ctl` has call, list'],
  ['opt enabel', 'unknown command "opt enabel": did you mean `hotcb opt enable`?'],
  ['und', 'unknown command "und": did you mean `hotcb undo`?'],
  ['--jsno set lr=1', 'unknown flag `--jsno`: did you mean `--json`?'],
  ['--wiat 5 set lr=1', 'unknown flag `--wiat` before the command: flags of a command come after its name'],
  ['--jsonn 5 set lr=1', 'unknown flag `--jsonn` before the command: did you mean `--json`?'],
  ['--json pause', '`--json` works only in a terminal'],
  ['pause --dir a', '`--dir` works only in a terminal: a line here is for the run that is shown'],
  ['--dir a', '`--dir` works only in a terminal: a line here is for the run that is shown'],
  ['log', '`hotcb log` is available only in a terminal'],
  ['cb list', '`hotcb cb list` is available only in a terminal'],
  ['pause now', 'unexpected argument "now"'],
  ['set lr', 'expected `key=value`, got "lr"'],
  ['set lr=1 lr=2', '`lr` is given twice: 1 and 2'],
  ['set lr=x2 lr=+1', '`lr` is given twice: x2 and +1'],
  ['set unknown=1', 'unknown key `unknown`'],
  ['set lr=5', '`lr` must be'],
  ['set lr=null', '`lr` must be'],
  ['set size=huge', '`size` must be one of'],
  ['set lr=0.5 size=huge', '`size` must be one of'],
  ['set lr=0.5 locked=2', '`locked` is disabled: nothing was sent; run `hotcb enable locked` first'],
  ['set ramps.lx={"end":1}', '`lx` of `ramps.lx` is not a control of this run: did you mean `lr`?'],
  ['set ramps.qqqqqqq={"end":1}', `\`qqqqqqq\` of \`ramps.qqqqqqq\` is not a control of this run: ${ALL}`],
  ['set lr=1 --id=', '`--id` is empty: expected ID'],
  ['set lr=1 --note=', '`--note` is empty: give a reason, or leave it out'],
  ['set lr=1 --late', '`--late` requires `--at`'],
  ['enable', 'NAME is missing: What to enable: a control by its key, or else a callback by its id.'],
  ['disable', 'NAME is missing: What to disable: a control by its key, or else a callback by its id.'],
  [
    'enable prob',
    '`prob` is neither a control nor a callback of this run: did you mean `probe`?; use `hotcb cb enable prob` to select a callback anyway',
  ],
  [
    'disable qqqqqqq',
    `\`qqqqqqq\` is neither a control nor a callback of this run: ${ALL}, probe, timing; use \`hotcb cb disable qqqqqqq\` to select a callback anyway`,
  ],
  ['loss set_params lr=0.5', '`lr` is a control of `opt`, not of `loss`: use `hotcb set lr=VALUE`'],
  ['loss set_params ramps.lr=1', '`ramps.lr` is a control of `opt`, not of `loss`: use `hotcb set ramps.lr=VALUE`'],
  ['opt set_params size=big', '`size` is a control of `net`, not of `opt`: use `hotcb set size=VALUE`'],
  ['opt set_params momentm=1', 'unknown key `momentm`: did you mean `momentum`?'],
  ['opt set_params lr=7', '`lr` must be'],
  ['cb set_params every=3 b=2', 'ID is missing: `hotcb cb set_params ID every=3`'],
  [
    'cb set_params probe',
    'KEY=VALUE is missing: A parameter and its new value: a number, `true`, `false`, text, or JSON.',
  ],
  ['cb unload ""', 'ID is missing: The callback.'],
  ['cb load probe', 'one of `--file FILE` and `--path PACKAGE` must be given; see `hotcb cb load --help`'],
  [
    'cb load probe --file a --path b',
    'one of `--file FILE` and `--path PACKAGE` must be given; see `hotcb cb load --help`',
  ],
  ['cb load probe --file=', '`--file` is empty: expected FILE'],
  ['ctl call save_ckp', 'the trainer did not register `save_ckp`: did you mean `save_ckpt`?'],
  ['ctl call qqqqqqq', 'the trainer did not register `qqqqqqq`: choose from save_ckpt, mix.noise'],
  ['ctl call save_ckpt [1', '`[` is not closed'],
  ['cancel abc', '"abc" is the beginning or end of 2 commands: abc-1, abc-2'],
  ['revert x', '`SEQ` must be a whole number >= 0, got "x"'],
  ['checkpoint lod', '`checkpoint` accepts save, load, drop and branch, got "lod"; did you mean `checkpoint load`?'],
  [
    'checkpoint best',
    '`checkpoint` accepts save, load, drop and branch, got "best"; TAG comes after it: `checkpoint save best`',
  ],
  ['checkpoint drop', '`checkpoint drop` needs a TAG'],
  ['checkpoint load a --yes', '`--yes` belongs to `checkpoint drop`, got "load"'],
  ['checkpoint save a/b', '`TAG` must be letters, digits, dots, dashes or underscores, got "a/b"'],
  [
    'tune enable --mode actve',
    '`--mode` must be one of active, suggest, observe, off, got "actve": did you mean `active`?',
  ],
  ['freeze prod --mode off', 'the mode is given twice: "prod" and "off"'],
  ['freeze prd', '`MODE` must be one of off, prod, replay, replay_adjusted, got "prd": did you mean `prod`?'],
  ['freeze --recipe a', '`--recipe` is for `--mode replay` and `replay_adjusted`, got mode `prod`'],
  ['freeze off --adjust a', '`--adjust` is for `--mode replay` and `replay_adjusted`, got mode `off`'],
  ['freeze replay --adjust a', 'mode `replay` applies no overlay: `--adjust` is for `--mode replay_adjusted`'],
])('`%s` is refused with what would be valid', (line, reason) => {
  expect(String(read(line)).slice(0, reason.length)).toBe(reason)
})

test('at most twelve controls are listed', () => {
  const of = (count: number) => ({
    ...FACTS,
    modules: { cb: {} },
    controls: Array.from({ length: count }, (_, i) => control(`control_${i}`)),
  })
  const twelve = Array.from({ length: 12 }, (_, i) => `control_${i}`).join(', ')
  for (const [count, list] of [
    [12, twelve],
    [13, `${twelve}, …`],
  ] as const) {
    expect(read('enable q', of(count))).toContain(`: choose from ${list};`)
    expect(read('set ramps.q=1', of(count))).toBe(
      `\`q\` of \`ramps.q\` is not a control of this run: choose from ${list}`,
    )
  }
})

test('the reason mentions that the trainer has no callbacks, controls or functions', () => {
  const bare = { ...NOTHING_KNOWN, modules: { ctl: {} } }
  expect(drafts('enable a', bare)).toBe(
    '`a` is not a control of this run, and its trainer has no callbacks: no trainer has described its controls yet',
  )
  expect(drafts('enable a', { ...bare, controls: FACTS.controls })).toBe(
    `\`a\` is not a control of this run, and its trainer has no callbacks: ${ALL}`,
  )
  expect(drafts('ctl call a', bare)).toBe('the trainer did not register `a`: it registered nothing')
  expect(drafts('enable a', { ...bare, modules: { cb: {} } })).toBe(
    '`a` is neither a control nor a callback of this run: no trainer has described its controls yet; use `hotcb cb enable a` to select a callback anyway',
  )
})

test('keys without a description are left to the trainer in a single command, but refused if there are several commands', () => {
  expect(drafts('set other_w=1')).toMatchObject([{ module: 'loss', params: { other_w: 1 } }])
  expect(drafts('set lr=0.5 other_w=1')).toEqual(expect.stringContaining('`other_w`'))
  expect(drafts('set lr=0.5 other_w=1', NOTHING_KNOWN)).toHaveLength(2)
  expect(drafts('set locked=2')).toMatchObject([{ params: { locked: 2 } }])
})
