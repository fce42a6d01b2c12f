import { BUILT_IN_TABLE, createModuleTable, type ModuleDescriptor } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import {
  type CompletionFacts,
  candidatesAt,
  completeLine,
  createCommandTree,
  findPlace,
  quoteWord,
} from '../src/index.ts'
import { control, FACTS, NOTHING_KNOWN, SECTIONS } from './facts.ts'

const KNOWN: CompletionFacts = {
  ...FACTS,
  table: BUILT_IN_TABLE,
  tags: ['best', 'step-100'],
  meaningOf: ({ param_key, current }) => `${param_key} is ${JSON.stringify(current)}`,
  paths: (typed, withFiles) => [
    { word: `${typed}src/`, means: '' },
    ...(withFiles ? [{ word: `${typed}a.ts`, means: 'file' }] : []),
  ],
}
const ROOT = SECTIONS.flatMap(({ entries }) => entries)

/** The words that may follow on a page, with their meanings. */
function after(line: string, facts = KNOWN): readonly (readonly [string, string])[] {
  return completeLine(line, SECTIONS, facts, 100).map(({ word, means }) => [word, means] as const)
}

/** The words that may follow in a terminal. */
function inTerminal(before: readonly string[], typed: string, facts = KNOWN): readonly (readonly [string, string])[] {
  const place = findPlace(ROOT, before)
  return candidatesAt(place, typed, { args: place.leaf?.verb?.().args }, facts).map(({ word, means }) => [word, means])
}

describe('a page completes the last word of a line', () => {
  test.each<[string, [string, string][]]>([
    [
      'set ',
      [
        ...(['lr', 'distill_w', 'terms.aux', 'size', 'locked'] as const).map((key): [string, string] => {
          const of = FACTS.controls.find(({ param_key }) => param_key === key)
          return [`${key}=`, `${key} is ${JSON.stringify(of?.current)}`]
        }),
      ],
    ],
    [
      'set l',
      [
        ['lr=', 'lr is 0.1'],
        ['locked=', 'locked is 1'],
        ['distill_w=', 'distill_w is 0.5'],
      ],
    ],
    [
      'set L',
      [
        ['lr=', 'lr is 0.1'],
        ['locked=', 'locked is 1'],
        ['distill_w=', 'distill_w is 0.5'],
      ],
    ],
    ['set lr=', [['lr=0.1', 'unchanged']]],
    [
      'set size=',
      [
        ['size=small', 'unchanged'],
        ['size=big', ''],
      ],
    ],
    [
      'set terms.aux=',
      [
        ['terms.aux=true', 'unchanged'],
        ['terms.aux=false', ''],
      ],
    ],
    ['set nothing=', []],
    [
      'loss set_params ',
      [
        ['distill_w=', 'distill_w is 0.5'],
        ['terms.aux=', 'terms.aux is true'],
      ],
    ],
    ['opt enable ', [['lr', 'lr is 0.1']]],
    [
      'enable t',
      [
        ['terms.aux', 'terms.aux is true'],
        ['timing', 'off'],
        ['distill_w', 'distill_w is 0.5'],
      ],
    ],
    [
      'cb unload ',
      [
        ['probe', 'on'],
        ['timing', 'off'],
      ],
    ],
    ['cb set_params probe ', []],
    [
      'ctl call ',
      [
        ['save_ckpt', 'Save one.'],
        ['mix.noise', ''],
      ],
    ],
    ['ctl call save_ckpt ', []],
    [
      'cancel ',
      [
        ['abc-1', 'for step 9'],
        ['abc-2', 'for step 9'],
        ['xyz-9', 'for step 9'],
      ],
    ],
    [
      'checkpoint ',
      [
        ['save', 'save a checkpoint'],
        ['load', 'go back to one'],
        ['drop', 'delete one'],
        ['branch', 'save one for a new run'],
      ],
    ],
    [
      'checkpoint load ',
      [
        ['best', 'checkpoint'],
        ['step-100', 'checkpoint'],
      ],
    ],
    ['checkpoint load best ', []],
    [
      'tune enable --mode ',
      [
        ['active', 'propose, apply, judge'],
        ['suggest', 'propose; a person accepts'],
        ['observe', 'judge changes that others make'],
        ['off', 'do nothing'],
      ],
    ],
    ['tune enable --mode=a', [['--mode=active', 'propose, apply, judge']]],
    ['pause --at ', [['step=', 'at this step']]],
    [
      'pause --expires ',
      [
        ['step=', 'by this step'],
        ['ts=', 'by this time'],
      ],
    ],
    ['pause --note ', []],
    [
      'cb load probe --file ',
      [
        ['src/', ''],
        ['a.ts', 'file'],
      ],
    ],
    [
      'opt ',
      [
        ['set_params', 'Set optimizer parameters.'],
        ['enable', 'Allow changes to the optimizer again: one control, or all.'],
        ['disable', 'Reject changes to the optimizer: one control, or all.'],
      ],
    ],
    [
      'hotcb opt e',
      [
        ['enable', 'Allow changes to the optimizer again: one control, or all.'],
        ['set_params', 'Set optimizer parameters.'],
        ['disable', 'Reject changes to the optimizer: one control, or all.'],
      ],
    ],
    ['ctl ', [['call', 'Call a registered function at the next safe point.']]],
    ['unknown ', []],
    ['opt unknown ', []],
  ])('%s', (line, wanted) => {
    expect(after(line)).toEqual(wanted)
  })

  test('the flags of the command are offered, except those that exist only in a terminal', () => {
    expect(after('pause --').map(([word]) => word)).toEqual(['--at', '--late', '--expect', '--expires', '--note'])
    expect(after('cb load probe --f')).toEqual([['--file', 'A JavaScript or TypeScript file.']])
    expect(after('log ')).toEqual([])
    expect(after('').map(([word]) => word)).not.toContain('log')
    expect(after('').map(([word]) => word)).toEqual(expect.arrayContaining(['set', 'opt', 'pause', 'freeze']))
  })

  test('the result is the whole line, with a space after a complete word, and quotes if needed', () => {
    const lines = (line: string, facts = KNOWN) => completeLine(line, SECTIONS, facts).map((one) => one.line)
    expect(lines('  pau')).toEqual(['  pause '])
    expect(lines('set distill_w=1 l')).toContain('set distill_w=1 lr=')
    expect(lines('set size=b')).toEqual(['set size=big '])
    expect(lines('checkpoint load "be')).toEqual(['checkpoint load best '])
    expect(lines('checkpoint load ', { ...KNOWN, tags: ['a "b"'] })).toEqual([String.raw`checkpoint load "a \"b\"" `])
    expect(lines('pause --expires s', KNOWN)).toEqual(['pause --expires step=', 'pause --expires ts='])
  })

  test('at most twelve completions are returned, or as many as requested', () => {
    const many = { ...KNOWN, controls: Array.from({ length: 20 }, (_, i) => control(`c${i}`)) }
    expect(completeLine('set c', SECTIONS, many)).toHaveLength(12)
    expect(completeLine('set c', SECTIONS, many, 3).map(({ word }) => word)).toEqual(['c0=', 'c1=', 'c2='])
  })

  test('before a trainer has described its controls, the controls of every optimizer are offered', () => {
    const bare = { ...KNOWN, ...NOTHING_KNOWN }
    expect(after('set l', bare)).toContainEqual(['lr=', 'optimizer'])
    expect(after('set scheduler', bare).map(([word]) => word)).toEqual(['scheduler_scale=', 'scheduler_drop='])
    expect(after('set lr=', bare)).toEqual([])
    expect(after('cb unload ', bare)).toEqual([])
  })

  test('values are written as they are typed: text without quotes, everything else as JSON', () => {
    const of = (current: ReturnType<typeof control>['current']) =>
      after('set a=', { ...KNOWN, controls: [control('a', { current })] }).map(([word]) => word)
    expect([of('x'), of(''), of([0.9, 0.99]), of(null)]).toEqual([['a=x'], ['a=""'], ['a=[0.9,0.99]'], ['a=null']])
  })
})

describe('a terminal also completes the flags that every command has', () => {
  test.each<[string[], string, [string, string][]]>([
    [['set', '--dir'], '', [['src/', '']]],
    [['-d'], 'x', [['xsrc/', '']]],
    [['set', '--dir=a'], 'lr=', [['lr=0.1', 'unchanged']]],
    [['set'], '--dir=x', [['--dir=xsrc/', '']]],
    [['set'], '--json=', []],
    [['set'], '--nothing=', []],
    [['set', '--json'], 'lr=', [['lr=0.1', 'unchanged']]],
    [['set', '--wait'], 'lr=', [['lr=0.1', 'unchanged']]],
    [
      ['set', '--note', 'x', 'lr=1'],
      'size=',
      [
        ['size=small', 'unchanged'],
        ['size=big', ''],
      ],
    ],
    [
      ['checkpoint', '--note', 'x'],
      's',
      [
        ['save', 'save a checkpoint'],
        ['load', 'go back to one'],
        ['drop', 'delete one'],
        ['branch', 'save one for a new run'],
      ],
    ],
    [
      ['--dir', 'a', 'tune', 'enable', '--mode'],
      '',
      [
        ['active', 'propose, apply, judge'],
        ['suggest', 'propose; a person accepts'],
        ['observe', 'judge changes that others make'],
        ['off', 'do nothing'],
      ],
    ],
    [['checkpoint', 'load', 'best'], '', []],
    [['pause', '-n'], '', []],
  ])('%j, then `%s`', (before, typed, wanted) => {
    expect(inTerminal(before, typed)).toEqual(wanted)
  })

  test('flags come with their meanings, and negatable flags in both forms', () => {
    const flags = inTerminal(['pause'], '-')
    expect(flags.map(([word]) => word)).toEqual([
      ...['--wait', '--no-wait', '--at', '--late', '--expect', '--expires', '--note'],
      ...['--dir', '--json', '--no-color', '--help', '--version'],
    ])
    expect(Object.fromEntries(flags)).toMatchObject({
      '--no-wait': 'do not',
      '--no-color': 'plain text',
      '--help': 'This page.',
      '--note': 'The reason. It is stored with the command and shown in the log.',
    })
    expect(flags.some(([, means]) => means.includes('`'))).toBe(false)
    const hidden = candidatesAt(
      findPlace(ROOT, ['pause']),
      '--',
      { args: { a: { type: 'string', hidden: true } }, globals: {} },
      KNOWN,
    )
    expect(hidden).toEqual([])
  })

  test('the place of a word includes its command, the words of its name and the words after it', () => {
    expect(findPlace(ROOT, [])).toEqual({ leaf: undefined, path: [], entries: ROOT, rest: [], previous: '' })
    expect(findPlace(ROOT, ['--json', 'cb', '--dir', 'a', 'set', 'x', '--late'])).toMatchObject({
      leaf: { name: 'set_params' },
      path: ['cb', 'set_params'],
      entries: [],
      rest: ['x', '--late'],
      previous: '--late',
    })
    expect(findPlace(ROOT, ['cb'])).toMatchObject({ leaf: undefined, path: ['cb'], previous: 'cb' })
    expect(findPlace(ROOT, ['cb', 'q'])).toEqual({
      leaf: undefined,
      path: ['cb'],
      entries: [],
      rest: [],
      previous: 'q',
    })
  })
})

test('without access to files, paths are not completed', () => {
  const { paths: _, ...others } = KNOWN
  expect(after('cb load probe --file ', others)).toEqual([])
  expect(inTerminal(['--dir'], '', others)).toEqual([])
})

test.each([
  ['plain', 'plain'],
  ['', '""'],
  ['a b', '"a b"'],
  ["it's", `"it's"`],
  ['a\\b', '"a\\\\b"'],
  ['[1,2]', '"[1,2]"'],
  ['a={"b":1}', '"a={\\"b\\":1}"'],
  ['a[1]', 'a[1]'],
  ['a\tb', '"a\tb"'],
])('%j is typed as %s', (word, typed) => {
  expect(quoteWord(word)).toBe(typed)
})

describe('the overview of commands', () => {
  const own: ModuleDescriptor = {
    name: 'guard',
    summary: 'Watches.',
    ops: [{ op: 'arm', summary: 'Watch.', aliases: ['watch'] }],
  }

  test('has its sections in order, and each command has a summary', () => {
    expect(SECTIONS.map(({ title }) => title).slice(0, 2)).toEqual(['Change a running training run', 'Drive'])
    const summaries = ROOT.map(({ name, summary }) => [name, summary])
    expect(summaries).toEqual(
      expect.arrayContaining([
        ['set', 'Set controls by name: `lr=0.01`.'],
        ['enable', 'Enable a control or a callback.'],
        ['disable', 'Disable a control or a callback.'],
        ['freeze', 'Block all changes to the run, or replay a recipe.'],
        ['unfreeze', 'Allow changes again.'],
      ]),
    )
    const named = (title: string) => SECTIONS.find((one) => one.title === title)?.entries.map(({ name }) => name)
    expect(named('Drive')).toEqual(['pause', 'resume', 'stop', 'checkpoint'])
    expect(named('Protect')).toEqual(['freeze', 'unfreeze'])
    expect(named('Change a running training run')).toEqual([
      ...['set', 'enable', 'disable', 'opt', 'loss', 'cb', 'ctl', 'tune', 'autopilot', 'revert', 'cancel'],
    ])
  })

  test('does not contain commands that only the kernel writes', () => {
    expect(ROOT.map(({ name }) => name)).not.toContain('accept_ledger')
  })

  test('a module of the run has a section, unless its name is already a command', () => {
    const of = (module: ModuleDescriptor) => createCommandTree(createModuleTable([module]))
    expect(of(own)[1]).toMatchObject({
      title: 'Specific to this run',
      entries: [
        { name: 'guard', summary: 'Watches.', entries: [{ name: 'arm', summary: 'Watch.', aliases: ['watch'] }] },
      ],
    })
    expect(of({ ...own, isTopLevel: true })[1]).toMatchObject({
      title: 'Specific to this run',
      entries: [{ name: 'arm' }],
    })
    expect(of({ ...own, name: 'pause' })).toHaveLength(SECTIONS.length)
    expect(of({ ...own, name: 'undo' })).toHaveLength(SECTIONS.length)
  })

  test('a help page has paragraphs, arguments with descriptions, and examples that can be typed', () => {
    const verbs = ROOT.flatMap((entry) => ('entries' in entry ? entry.entries : [entry])).flatMap((leaf) =>
      'verb' in leaf && leaf.verb !== undefined ? [{ name: leaf.name, verb: leaf.verb() }] : [],
    )
    expect(verbs.length).toBeGreaterThan(20)
    for (const { name, verb } of verbs) {
      for (const text of verb.about) expect(text, name).toMatch(/[.?]$/)
      for (const { description } of Object.values(verb.args)) expect(description, name).toMatch(/\S/)
      for (const { type, does } of verb.examples) {
        expect(type, name).toMatch(new RegExp(`^hotcb (--dir runs/exp-001 )?(\\S+ )?${name}`))
        expect(does, type).toMatch(/\w/)
      }
    }
    const described = ['set', 'enable', 'disable', 'freeze', 'unfreeze']
    for (const { verb } of verbs.filter(({ name }) => described.includes(name)))
      expect(verb.examples.length).toBeGreaterThan(0)
  })
})
