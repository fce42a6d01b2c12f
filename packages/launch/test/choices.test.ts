import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findChoice, listChoices } from '../src/node/choices.ts'
import { temporaryDirectory, training } from './live-run.ts'

const TRAININGS = {
  simple: training('true', { description: 'A small one.' }),
  other: training('true', { maxSteps: 9 }),
}

/** Creates a root with these files. */
function root(files: Readonly<Record<string, string>>): string {
  const dir = temporaryDirectory()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}

describe('the list of training runs', () => {
  test('contains the built-in ones, then the config files in the roots by name', () => {
    const first = root({
      'hotcb.launch.yaml': 'config: other\nmax_steps: 3\n',
      'hotcb.launch.long-1.json': '{"train_fn": "a:train", "step_delay": 0}',
    })
    const second = root({ 'hotcb.launch.yaml': 'command: [true]\n'.replace('true', '"true"') })
    expect(listChoices([first, second], TRAININGS)).toEqual({
      choices: [
        { id: 'simple', kind: 'built-in', description: 'A small one.', max_steps: 500, step_delay: 0.15 },
        { id: 'other', kind: 'built-in', description: 'Runs a script.', max_steps: 9, step_delay: 0.15 },
        {
          id: 'hotcb.launch.long-1.json',
          kind: 'file',
          description: 'Trains a with the options in this file.',
          max_steps: 1000,
          step_delay: 0,
        },
        {
          id: 'hotcb.launch.yaml',
          kind: 'file',
          description: 'Trains other with the options in this file.',
          max_steps: 3,
          step_delay: 0.15,
        },
        {
          id: '2/hotcb.launch.yaml',
          kind: 'file',
          description: 'Trains command with the options in this file.',
          max_steps: null,
          step_delay: null,
        },
      ],
      problems: [],
    })
  })

  test('contains no other files', () => {
    const names = [
      'launch.yaml',
      'hotcb.launch.yml',
      'my.hotcb.launch.yaml',
      'hotcb.launch.yaml.bak',
      'hotcb.launch..yaml',
    ]
    const dir = root(Object.fromEntries(names.map((name) => [name, 'config: simple\n'])))
    mkdirSync(join(dir, 'below'))
    writeFileSync(join(dir, 'below/hotcb.launch.yaml'), 'config: simple\n')
    expect(listChoices([dir, '/nowhere'], TRAININGS)).toMatchObject({ choices: { length: 2 }, problems: [] })
  })

  test('reports files that cannot be used, with the reason', () => {
    const dir = root({
      'hotcb.launch.a.yaml': 'config: simpel\n',
      'hotcb.launch.b.yaml': 'max_step: 5\n',
      'hotcb.launch.c.yaml': 'config: simple\n',
    })
    const outside = root({ 'x.yaml': 'config: simple\n' })
    symlinkSync(join(outside, 'x.yaml'), join(dir, 'hotcb.launch.d.yaml'))
    symlinkSync('gone', join(dir, 'hotcb.launch.e.yaml'))
    mkdirSync(join(dir, 'hotcb.launch.f.yaml'))
    const { choices, problems } = listChoices([dir], TRAININGS)
    expect(choices.map(({ id }) => id)).toEqual(['simple', 'other', 'hotcb.launch.c.yaml'])
    expect(problems).toEqual([
      '`hotcb.launch.a.yaml`: no training run is called `simpel`: did you mean `simple`?',
      'hotcb.launch.b.yaml:1:1: no option is called `max_step`: did you mean `max_steps`?',
      expect.stringMatching(/^cannot read `.*hotcb\.launch\.d\.yaml`: it is a link out of/),
      expect.stringMatching(/^cannot read `.*hotcb\.launch\.e\.yaml`: it is a broken link/),
      expect.stringMatching(/^cannot read `.*hotcb\.launch\.f\.yaml`: it is a directory/),
    ])
  })
})

describe('a choice', () => {
  test('is found only by its name in the list', () => {
    const dir = root({ 'hotcb.launch.yaml': 'config: other\nseed: 1\n', 'train.yaml': 'config: simple\n' })
    expect(findChoice('simple', [dir], TRAININGS)).toEqual({ options: { config: 'simple' }, folder: null })
    expect(findChoice('hotcb.launch.yaml', [dir], TRAININGS)).toEqual({
      options: { config: 'other', seed: 1 },
      folder: dir,
    })
    expect(findChoice('2/hotcb.launch.yaml', ['/nowhere', dir], TRAININGS).folder).toBe(dir)
    for (const id of ['train.yaml', './hotcb.launch.yaml', '1/hotcb.launch.yaml', 'toString', '']) {
      expect(() => findChoice(id, [dir], TRAININGS)).toThrow(
        expect.objectContaining({ code: 'bad-option', message: `no training run is called \`${id}\`` }),
      )
    }
    expect(() => findChoice('x'.repeat(5000), [dir], TRAININGS)).toThrow(`\`${'x'.repeat(100)}\``)
  })

  test('does not use the directory and the address in its file', () => {
    const text = 'config: other\nrun_dir: a\nserve: true\nhost: "::1"\nport: 80\nautopilot: suggest\n'
    const dir = root({ 'hotcb.launch.yaml': text })
    expect(findChoice('hotcb.launch.yaml', [dir], TRAININGS).options).toEqual({ config: 'other', autopilot: 'suggest' })
  })

  test('from a file with a mistake is refused with the position of the mistake', () => {
    const dir = root({ 'hotcb.launch.yaml': 'config: other\nseed: x\n' })
    expect(() => findChoice('hotcb.launch.yaml', [dir], TRAININGS)).toThrow(
      expect.objectContaining({
        code: 'bad-option',
        message: 'hotcb.launch.yaml:2:7: `seed` must be a whole number >= 0, got "x"',
      }),
    )
  })
})
