import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createStudy, randomSampler } from '../src/index.ts'
import { runCommand } from '../src/node/command.ts'
import { journalStorage } from '../src/node.ts'
import { searched, space } from './searched.ts'

const JOURNAL = readFileSync(new URL('./fixtures/optuna-journal.log', import.meta.url), 'utf8')

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hyperopt-ts-command-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return directory
}

/** Returns the error message of a command that fails. */
function refusal(...args: string[]): string {
  try {
    runCommand(args)
  } catch (error) {
    return (error as Error).message
  }
  return 'not refused'
}

function journalOf(directory: string): string {
  const path = join(directory, 'study.jsonl')
  const storage = journalStorage(path)
  searched(storage)
  storage.close()
  return path
}

test('the command shows, plots and converts a journal, and does not change it', () => {
  const directory = folder()
  const path = (name: string): string => join(directory, name)
  const journal = journalOf(directory)
  const before = readFileSync(journal, 'utf8')
  expect(runCommand(['show', journal])).toMatch(
    /^41 trials: 38 complete, 1 failed, 1 pruned, 1 running\nbest: trial 7, Infinity, \{.*\}\nimportance: lr \d+ %/,
  )
  expect(
    runCommand(['plot', journal, '--out', path('plots')])
      .trim()
      .split('\n').length,
  ).toBe(7)
  const kinds = ['contour', 'history', 'importance', 'parallel', 'rank', 'slice', 'timeline']
  expect(readdirSync(path('plots')).sort()).toEqual(kinds.map((kind) => `${kind}.svg`))
  const slice = path('more/slice.svg')
  expect(runCommand(['plot', journal, 'slice', '--x', 'n', '--out', path('more')])).toBe(`${slice}\n`)
  expect(readdirSync(path('more'))).toEqual(['slice.svg'])
  expect(readFileSync(slice, 'utf8')).toContain('Values over n')
  expect(readFileSync(journal, 'utf8')).toBe(before)
  expect(runCommand(['convert', journal, path('study.json')])).toBe(`${path('study.json')}: 41 trials\n`)
  expect(runCommand(['convert', path('study.json'), path('study.log')])).toContain('41 trials\n')
  expect(runCommand(['convert', path('study.log'), path('again.jsonl')])).toContain('41 trials\n')
  expect(runCommand(['show', path('again.jsonl')]).split('\n')[1]).toMatch(/^best: trial 7, Infinity/)
  expect(refusal('convert', journal, path('study.json'))).toBe(`\`${path('study.json')}\` already exists`)
})

test('each plot has its own picture, for the named parameters or else the most important ones', () => {
  const directory = folder()
  const journal = journalOf(directory)
  const out = join(directory, 'plots')
  const titles = (...args: string[]): string[] => {
    rmSync(out, { recursive: true, force: true })
    runCommand(['plot', journal, ...args, '--out', out])
    return readdirSync(out).map((name) => /<text[^>]*>([^<]*)</.exec(readFileSync(join(out, name), 'utf8'))?.[1] ?? '')
  }
  expect(new Set(titles()).size).toBe(7)
  expect(titles('contour', '--x', 'n', '--y', 'g')).toEqual([expect.stringMatching(/\bn\b.*\bg\b|\bg\b.*\bn\b/)])
  // The other parameter is the most important one that is not named.
  const [byX] = titles('contour', '--x', 'n')
  const [byY] = titles('contour', '--y', 'n')
  expect(byX).toMatch(/\blr\b/)
  expect(byY).toMatch(/\blr\b/)
  expect(byX).not.toBe(byY)
  for (const axis of ['--x', '--y']) expect(titles('contour', axis, 'lr')[0]?.match(/\blr\b/g)).toHaveLength(1)
})

test('a study of two objectives has a Pareto front, and no importance', () => {
  const directory = folder()
  const journal = join(directory, 'two.jsonl')
  const storage = journalStorage(journal)
  const study = createStudy({ space, sampler: randomSampler(), storage, directions: ['minimize', 'maximize'] })
  for (let i = 0; i < 4; i++) study.tell(study.ask(), [i, -i])
  storage.close()
  expect(runCommand(['show', journal])).toBe('4 trials: 4 complete\nPareto front: 1 trial\n')
  const out = join(directory, 'plots')
  runCommand(['plot', journal, '--out', out])
  expect(readdirSync(out)).toEqual(['pareto.svg', 'timeline.svg'])
})

test('the command rejects impossible requests, and states what would be valid', () => {
  const directory = folder()
  const text = join(directory, 'text.txt')
  const optuna = join(directory, 'optuna.log')
  writeFileSync(text, 'hello')
  writeFileSync(optuna, JOURNAL)
  expect(refusal('plto', 'x')).toBe('no command `plto`, did you mean `plot`?')
  expect(refusal('xyz', 'x')).toBe('no command `xyz`, choose from `show`, `plot`, `convert`')
  expect(refusal('toString', 'x')).toContain('no command `toString`')
  expect(refusal('plot')).toBe('`plot` needs a file: hyperopt-ts plot FILE')
  expect(refusal('plot', 'none.jsonl')).toBe('no file `none.jsonl`')
  expect(refusal('show', text)).toBe(`\`${text}\` contains no study: it is neither a journal nor JSON`)
  expect(refusal('show', optuna)).toMatch(/^the journal contains the studies demo, multi: pass the name of one/)
  expect(refusal('plot', optuna, 'slcie', '--name', 'demo')).toBe('no plot `slcie`, did you mean `slice`?')
  expect(refusal('plot', optuna, 'slice', '--x', 'lrr', '--name', 'demo')).toBe(
    'no parameter `lrr`, did you mean `lr`?',
  )
  expect(refusal('plot', optuna, 'slice', '--y', 'zzzz', '--name', 'demo')).toMatch(
    /^no parameter `zzzz`, choose from `lr`, /,
  )
  expect(refusal('convert', optuna, 'out.csv', '--name', 'demo')).toBe('`out.csv` must end in .json, .jsonl or .log')
  expect(refusal('convert', optuna, '--name', 'demo')).toBe(
    '`convert` needs a file to write: hyperopt-ts convert FILE OUT',
  )
  expect(refusal('show', text, '--nmae', 'x')).toBe('no option `--nmae`, did you mean `--name`?')
  expect(refusal('show', text, '--zzzzzz=3')).toBe(
    'no option `--zzzzzz`, choose from `--out`, `--x`, `--y`, `--name`, `--help`',
  )
  expect(refusal('show', optuna, '--x', 'lr')).toBe('`show` has no option `--x`')
  expect(refusal('convert', optuna, 'a.json', '--out', 'b')).toBe('`convert` has no option `--out`')
  expect(refusal('show', optuna, 'more')).toBe('`show` does not accept `more`')
  expect(refusal('convert', optuna, 'a.json', 'b.json')).toBe('`convert` does not accept `b.json`')
  expect(refusal('show', directory)).toBe(`\`${directory}\` is not a file`)
  expect(refusal('plot', optuna, '--name', 'demo', '--out', text)).toBe(`\`${text}\` is not a folder`)
  expect(refusal('plot', optuna, 'pareto', '--name', 'demo')).toBe('`pareto` needs two objectives, the study has 1')
  expect(refusal('plot', optuna, 'contour', '--name', 'demo', '--x', 'lr', '--y', 'lr')).toBe(
    '`--x` and `--y` must differ, both are `lr`',
  )
  const nowhere = join(directory, 'no')
  expect(refusal('convert', optuna, join(nowhere, 'out.json'), '--name', 'demo')).toBe(`no folder \`${nowhere}\``)
})

test('help lists the commands and the plots', () => {
  const help = runCommand(['--help'])
  expect(help).toMatch(/^hyperopt-ts: inspect and convert studies/)
  for (const word of ['show FILE', 'plot FILE', 'convert FILE OUT', 'pareto', 'timeline']) expect(help).toContain(word)
  for (const args of [[], ['help'], ['-h'], ['plot', '--help']]) expect(runCommand(args)).toBe(help)
})

test('the command lists the lines of a journal that cannot be read', () => {
  const journal = join(folder(), 'cut.jsonl')
  const storage = journalStorage(journal)
  const study = createStudy({ space, sampler: randomSampler(), storage })
  expect(runCommand(['show', journal])).toBe('0 trials\n')
  study.tell(study.ask(), 1)
  storage.close()
  const whole = readFileSync(journal, 'utf8')
  writeFileSync(journal, `${whole}{"kind":"tell","num`)
  expect(runCommand(['show', journal])).toMatch(
    /^1 trial: 1 complete\n1 line that cannot be read, the first is line 4\nbest: trial 0/,
  )
  writeFileSync(journal, `${whole}\n{"kind":"what"}\n[1]\n`)
  expect(runCommand(['show', journal])).toContain('\n2 lines that cannot be read, the first is line 5\n')
})

test('a file without the line that names its space contains no study', () => {
  const directory = folder()
  const journal = journalOf(directory)
  const lines = readFileSync(journal, 'utf8').split('\n')
  writeFileSync(journal, lines.slice(1).join('\n'))
  expect(refusal('show', journal)).toBe(`\`${journal}\` contains no study: no line names its space`)
  writeFileSync(journal, '{"version": 99}')
  expect(refusal('show', journal)).toMatch(/./)
})

test('trials that do not match the space are counted, and the first one is shown', () => {
  const directory = folder()
  const journal = journalOf(directory)
  const lines = readFileSync(journal, 'utf8').trim().split('\n')
  const edited = lines.map((line, i) => (i < 20 ? line.replace(/"lr":[\d.e-]+/, '"lr":7') : line))
  writeFileSync(journal, `${edited.join('\n')}\n`)
  expect(runCommand(['show', journal])).toMatch(/\n\d+ do not match the space, the first: .*lr.*\n/)
})

test('a converted study has the given name', () => {
  const directory = folder()
  const journal = journalOf(directory)
  const out = join(directory, 'named.log')
  runCommand(['convert', journal, out, '--name', 'mine'])
  expect(readFileSync(out, 'utf8')).toContain('"mine"')
})
