import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RunDetail } from '../apps/dashboard/src/shared/wire.ts'
import { factsOf, wordsOf } from '../apps/dashboard/src/web/run/line-facts.ts'
import { sendLine } from '../apps/dashboard/src/web/run/send-line.ts'
import { runCli, type Terminal } from '../packages/cli/src/index.ts'
import { candidates } from '../packages/cli/src/parse/candidates.ts'
import { control, stateDocument, writeRun } from '../packages/cli/test/answerer.ts'
import { completeLine, quoteWord } from '../packages/commands/src/index.ts'
import { type ModuleDescriptor, printable, readFreeze, runFiles } from '../packages/protocol/src/index.ts'
import { type Draft, isRunError } from '../packages/run/src/index.ts'
import { openRun } from '../packages/run/src/node.ts'

const GUARD: ModuleDescriptor = {
  name: 'guard',
  summary: 'Watches a metric.',
  ops: [
    {
      op: 'arm',
      aliases: ['watch'],
      summary: 'Watch a metric.',
      examples: [{ type: 'hotcb guard arm loss --level 3', does: 'from here on' }],
      args: [{ name: 'metric', help: 'The metric.', kind: 'text', into: 'id', completes: 'handles' }],
      flags: [
        { name: 'level', help: 'Its limit.', kind: 'positive', into: 'params.level' },
        { name: 'loud', help: 'Say so.', kind: 'switch', into: 'params.loud' },
        { name: 'action', help: 'What then.', kind: 'text', into: 'params.action', options: ['stop', 'pause'] },
      ],
    },
    {
      op: 'disarm',
      summary: 'Stop watching.',
      args: [{ name: 'metric', help: 'The metric.', kind: 'text', into: 'id' }],
    },
  ],
}

const CONTROLS = [
  control('lr'),
  control('distill', 'loss'),
  control('drop', 'net'),
  control('terms.aux', 'loss', { type: 'bool', current: true }),
]
const STATE = stateDocument({
  closed: true,
  modules: {
    cb: { probe: { enabled: true } },
    ctl: { save_ckpt: { description: '' } },
    guard: { loss: { enabled: true } },
  },
  held: [
    { cid: '1m81k26kwh0yhe20xdq', writer: null, offset: 0, at: { step: 9 } },
    { cid: '1m81k26kwh0yhe20aaa', writer: null, offset: 0, at: { step: 9 } },
  ],
})
const RECIPE =
  '{"at":{"step":1,"event":"train_step_end"},"module":"opt","op":"set_params","id":"main","params":{"lr":0.1}}\n'

/** The result of a line: what it wrote, or the message of its refusal. */
interface Outcome {
  readonly written: readonly unknown[]
  readonly freeze: unknown
  readonly refused: string | null
}

async function inRun(task: (dir: string) => Promise<string | null>): Promise<Outcome> {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-grammar-'))
  try {
    writeRun(dir, { commands: '', state: STATE, actuators: { controls: CONTROLS, modules: [GUARD] }, recipe: RECIPE })
    writeFileSync(join(dir, runFiles.freeze), BEFORE)
    writeFileSync(join(dir, 'hotcb.adjust.json'), '{"version":1,"patches":[]}')
    const refused = await task(dir)
    return { written: commandsIn(dir), freeze: freezeIn(dir), refused }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

function commandsIn(dir: string): readonly unknown[] {
  const lines = readFileSync(join(dir, runFiles.commands), 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => {
    const { cid: _cid, ts: _ts, source: _source, author: _author, ...asked } = JSON.parse(line)
    return asked
  })
}

// A mode that none of these lines sets, so that each freeze is a change.
const BEFORE = '{"mode":"prod","policy":"strict","step_offset":77}'

function freezeIn(dir: string): unknown {
  const text = readFileSync(join(dir, runFiles.freeze), 'utf8')
  if (text === BEFORE) return null
  const { mode, policy, step_offset } = JSON.parse(text)
  return { mode, policy, step_offset }
}

function inTerminal(words: readonly string[]): Promise<Outcome> {
  return inRun(async (dir) => {
    const said: string[] = []
    await runCli(['--dir', dir, ...words], { version: '0' }, terminalOf(said))
    // A real terminal passes on no control characters.
    const line = said.find((text) => text.startsWith('hotcb: '))
    return line === undefined ? null : printable(line.slice('hotcb: '.length))
  })
}

function inBar(line: string): Promise<Outcome> {
  return inRun(async (dir) => {
    const run = openRun(dir)
    const { table, sections } = wordsOf(DETAIL.modules)
    try {
      const sent = await sendLine(
        line,
        { sections, facts: factsOf(DETAIL, table), step: null, total: null, freeze: 'off' },
        {
          send: async (drafts) => {
            run.send(drafts as readonly Draft[], { source: 'dashboard' })
            return true
          },
          freeze: async (draft) => {
            const state = readFreeze(draft)
            if (state.ok) run.writeFreeze(state.value)
            return state.ok
          },
        },
      )
      return sent.ok ? null : sent.reason
    } catch (error) {
      if (isRunError(error)) return error.message
      throw error
    }
  })
}

// The server's data for the page of that run.
const DETAIL = {
  controls: CONTROLS,
  modules: [GUARD],
  state: STATE,
  answers: true,
  checkpoints: [],
} as unknown as RunDetail

function terminalOf(said: string[]): Terminal {
  const plain = (text: string): string => text
  const nothing = (): void => undefined
  const paints = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain }
  const writes = {
    out: nothing,
    page: nothing,
    json: nothing,
    report: nothing,
    err: (line: string) => void said.push(line),
  }
  return { isTerminal: false, unicode: true, colour: false, columns: () => 80, ...writes, ...paints }
}

describe('a line is the same in the terminal and in the dashboard', () => {
  const set = (params: object, rest: object = {}): object => ({
    module: 'opt',
    op: 'set_params',
    id: 'main',
    params,
    ...rest,
  })
  test.each<[string, readonly object[] | RegExp]>([
    [
      'cb load f --file f.ts --init every=50 layer=conv3',
      [
        {
          module: 'cb',
          op: 'load',
          id: 'f',
          target: { kind: 'file', path: 'f.ts', symbol: 'default' },
          init: { every: 50, layer: 'conv3' },
        },
      ],
    ],
    ['set lr=.01 --event val_end', /^unknown flag `--event`/],
    ['set lr=.01 --at 5 --event=val_end', /^unknown flag `--event`/],
    ['freeze off --at 5', /^unknown flag `--at`/],
    ['opt disable lr momentum', /^unexpected argument "momentum"$/],
    ['set __proto__=1', /^unknown key `__proto__`/],
    [
      'cb set_params probe __proto__=1',
      [{ module: 'cb', op: 'set_params', id: 'probe', params: JSON.parse('{"__proto__":1}') }],
    ],
    ['set lr=.01 --at step=500', [set({ lr: 0.01 }, { at: { step: 500 } })]],
    ['set lr=.01 --at step=500,event=val_end', [set({ lr: 0.01 }, { at: { step: 500, event: 'val_end' } })]],
    ['set lr=.01 --expires 900 --note why', [set({ lr: 0.01 }, { expires: { step: 900 }, note: 'why' })]],
    ['set lr=banana', /^`lr` must be a number, got "banana"$/],
    ['set lr=null', /^`lr` must be a number, got null$/],
    ['set lr=1 lr=2', /^`lr` is given twice: 1 and 2$/],
    ['set lr=1 --note=', /^`--note` is empty/],
    ['stop why', [{ module: 'core', op: 'stop', id: 'main', params: { reason: 'why' } }]],
    ['checkpoint branch', [{ module: 'core', op: 'checkpoint', id: 'main', params: { action: 'branch' } }]],
    [
      'enable nothing_like_it',
      /^`nothing_like_it` is neither a control nor a callback of this run: choose from lr, distill/,
    ],
    ['disable proeb', /^`proeb` is neither a control nor a callback of this run: did you mean `probe`\?/],
    ['disable loss', /^`loss` is neither a control nor a callback of this run/],
    ['cancel 20xdq', [{ module: 'core', op: 'cancel', id: 'main', params: { cid: '1m81k26kwh0yhe20xdq' } }]],
    ['cancel 1m81', /^"1m81" is the beginning or end of 2 commands/],
    ['ctl call save_ckp', /^the trainer did not register `save_ckp`: did you mean `save_ckpt`\?$/],
    ['set save_ckpt=3', [{ module: 'ctl', op: 'call', id: 'save_ckpt', params: { args: [3], kwargs: {} } }]],
    ['set lr=1 --', [set({ lr: 1 })]],
    ['guard arm loss --level 3 --loud', [{ module: 'guard', op: 'arm', id: 'loss', params: { level: 3, loud: true } }]],
    ['guard arm loss --action halt', /^`--action` must be one of stop, pause, got "halt"$/],
    ['guard arn loss', /^unknown command "guard arn": did you mean `hotcb guard arm`\?$/],
    ['gard arm loss', /^unknown command "gard": did you mean `hotcb guard`\?$/],
  ])('%s', async (line, expected) => {
    const words = line.split(' ')
    const [terminal, bar] = [await inTerminal(words), await inBar(words.map(quoteWord).join(' '))]
    expect(bar).toEqual(terminal)
    if (expected instanceof RegExp)
      expect(bar).toEqual({ written: [], freeze: null, refused: expect.stringMatching(expected) })
    else expect(bar).toEqual({ written: expected, freeze: null, refused: null })
  })

  const verbs =
    `set|set lr=0.5|set lr=1e-4 group=1|set lr=1 distill_w=2 drop=0.1|set ramps.distill={"type":"linear","steps":5,"end":2}
set save_ckpt=1 lr=2|set terms.aux=false|enable lr|disable probe|enable nosuch|opt set_params lr=1 momentum=0.9|opt set lr=50
opt enable|opt disable lr|loss set_params distill=1|loss set_params lr=1|loss disable distill --id b|revert|revert #7|revert 7 --force
cancel 20xdq|cancel 1m81|cb load f --file f.ts|cb load f --path p --symbol S --init a=1 b=2|cb load f --no-enabled --file f.py x=[1,2]
cb enable probe|cb unload probe|cb set_params probe every=3|cb set probe a=1 b="x"|cb list|ctl call save_ckpt 1 a=2|ctl call other
tune enable|tune disable|tune set search.window=200|pause|resume|stop|stop loss has diverged|checkpoint|checkpoint save best
checkpoint load|checkpoint drop best|checkpoint drop best --yes|checkpoint branch b|freeze|freeze prod|freeze --mode off|unfreeze
freeze replay --policy strict --step-offset -5|freeze replay_adjusted --adjust hotcb.adjust.json|freeze prod --recipe x|launch
guard arm loss --level 3|guard watch loss --loud --action stop|guard disarm loss|guard arm --level x loss|sett lr=1|lr=1`
      .split(/[|\n]/)
      .map((line) => line.split(' '))
  const more =
    `--at=5|--at 5|--at step=500|--at step=5,event=val_end|--at event=x|--at soon|--expires 9|--expires ts=1.5|--expires in=3
--expect lr=1|--expect betas=[1,2],lr=2|--expect|--note why|--note two words|--note=|--wait|--wait=0.5|--no-wait|--wait=0|--id b|--id=
--force|--yes|--no-force|--event x|--|-x|-3|=|a=|lr=1|__proto__=1|constructor=2|x==|{|[1|{"a": 1}|it's|"|\\|a b|#1|é|\u0007`
      .split(/[|\n]/)
      .map((line) =>
        line === 'a b' || line === '{"a": 1}'
          ? [line]
          : line === '--note two words'
            ? ['--note', 'two words']
            : line.split(' '),
      )

  const typo = fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('', 'x', '-', '=', '_', ' ', '"', "'", '\\'))
  const line = fc.record({
    verb: fc.constantFrom(...verbs),
    extras: fc.array(fc.tuple(fc.nat(), fc.constantFrom(...more)), { maxLength: 3 }),
    typos: fc.array(typo, { maxLength: 1 }),
    dropped: fc.option(fc.nat(), { freq: 6 }),
    isLong: fc.boolean(),
  })

  test('any typed line is the same, including its mistakes', async () => {
    await fc.assert(
      fc.asyncProperty(line, async ({ verb, extras, typos, dropped, isLong }) => {
        let words = [...verb]
        for (const [at, extra] of extras) words.splice((at % words.length) + 1, 0, ...extra)
        for (const [which, where, put] of typos) {
          const word = words[which % words.length] ?? ''
          const at = where % (word.length + 1)
          words[which % words.length] = word.slice(0, at) + put + word.slice(at + 1)
        }
        if (dropped !== null && words.length > 1) words = words.filter((_, i) => i !== dropped % words.length)
        // These exist only in a terminal.
        fc.pre(!words.some((word) => /^(--?(dir|json|(no-)?color|help|version|h|V)(=.*)?|hotcb|help)$/.test(word)))
        const bar = await inBar((isLong ? ['hotcb', ...words] : words).map(quoteWord).join(' '))
        fc.pre(bar.refused === null || !/ is available only in a terminal$|^`hotcb` needs one of /.test(bar.refused))
        const terminal = await inTerminal(words)
        // The terminal reads a recipe before it requests the replay.
        fc.pre(!/(^|\/)hotcb-grammar-|^there is no (recipe|overlay) /.test(terminal.refused ?? ''))
        expect(bar).toEqual(terminal)
      }),
      { numRuns: 1500 },
    )
  })
})

test('completion is the same, except for commands that only a terminal has', async () => {
  const places = [
    '',
    'set ',
    'set l',
    'set lr=',
    'set terms.aux=',
    'set lr=1 --',
    'set lr=1 --expect ',
    'set lr=1 --at ',
    'opt ',
    'opt set_params ',
  ]
    .concat([
      'opt disable ',
      'loss set_params ',
      'enable ',
      'cb ',
      'cb enable ',
      'cb load x --',
      'ctl call ',
      'cancel ',
      'checkpoint ',
      'tune ',
    ])
    .concat([
      'freeze ',
      'freeze --mode ',
      'freeze --mode=p',
      'freeze --policy ',
      'guard ',
      'guard arm ',
      'guard arm loss --',
      'guard arm loss --action ',
      'revert --',
    ])
  const { table, sections } = wordsOf(DETAIL.modules)
  for (const line of places) {
    const bar = completeLine(line, sections, factsOf(DETAIL, table), 100).map(({ word }) => word)
    const shell: string[] = []
    await inRun(async (dir) => {
      shell.push(...(await candidates(['--dir', dir, ...line.split(' ')])).map(({ word }) => word))
      return null
    })
    const typed = line.split(' ').at(-1) ?? ''
    expect(
      bar.filter((word) => word.startsWith(typed)),
      line,
    ).toEqual(shell.filter((word) => !isOfTerminals(word, line)))
  }
})

const OF_TERMINALS = '--wait --no-wait --dir --json --no-color --help --version'.split(' ')

function isOfTerminals(word: string, line: string): boolean {
  if (OF_TERMINALS.includes(word)) return true
  if (line === 'checkpoint ') return word === 'list'
  if (line === 'tune ') return ['status', 'why', 'accept', 'reject', 'export-recipe'].includes(word)
  if (line === 'cb ') return ['list', 'logs', 'watch'].includes(word)
  return (
    line === '' &&
    /^(status|runs|get|log|watch|export|explain|cache|doctor|schema|recipe|replay|diff|init|demo|launch|serve|mcp|install-skill|completion|sweep|bench|autopilot|notify)$/.test(
      word,
    )
  )
}
