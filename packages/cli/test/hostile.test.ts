import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandEntry, isGroup } from '@hotcb/commands'
import { textWidth } from '@hotcb/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { BUILT_IN_WORDS, rootOf } from '../src/parse/command-words.ts'
import { answerCommands } from './answerer.ts'
import { HOSTILE, HOSTILE_NAME, writeHostileRun } from './hostile-run.ts'
import { runLine } from './line-runner.ts'
import { buildProgram, type Ended, hotcb, plainEnv, temporaryDirectory } from './program.ts'
import { ESC, lastPicture, linesInTerminal, startInTerminal } from './pseudo-terminal.ts'

beforeAll(buildProgram)

/** For each command, lines that make it print text from files. `RUN` is the hostile run. */
const TYPED: Readonly<Record<string, readonly string[]>> = {
  set: ['set lr=H --wait=0.1', 'set nosuch=1', 'set H=H --wait=0.1', 'set lr=1 --note H --wait=0.1'],
  enable: ['enable H --wait=0.1', 'enable nosuch --wait=0.1'],
  disable: ['disable H --wait=0.1'],
  'opt set_params': ['opt set_params lr=1 --wait=0.1', 'opt set_params H=H --wait=0.1'],
  'opt enable': ['opt enable --wait=0.1'],
  'opt disable': ['opt disable lr --wait=0.1'],
  'loss set_params': ['loss set_params H=1 --wait=0.1'],
  'loss enable': ['loss enable --wait=0.1'],
  'loss disable': ['loss disable --wait=0.1'],
  revert: ['revert --wait=0.1'],
  cancel: ['cancel H --wait=0.1', 'cancel nosuch --wait=0.1'],
  'cb load': ['cb load H --file H --wait=0.1'],
  'cb enable': ['cb enable H --wait=0.1'],
  'cb disable': ['cb disable H --wait=0.1'],
  'cb unload': ['cb unload H --wait=0.1'],
  'cb set_params': ['cb set_params H H=H --wait=0.1'],
  'cb list': ['cb list'],
  'cb logs': ['cb logs probe', 'cb logs H', 'cb logs nosuch'],
  'cb watch': ['cb watch nosuch', 'cb watch H'],
  'ctl call': ['ctl call H H H=H --wait=0.1'],
  'ctl list': ['ctl list'],
  'tune enable': ['tune enable --mode H --wait=0.1'],
  'tune disable': ['tune disable --wait=0.1'],
  'tune set': ['tune set H=H --wait=0.1'],
  'bench run': ['bench run --tasks H', 'bench run --part H'],
  'bench eval': ['bench eval --data H', 'bench eval --data cifar10=H'],
  'tune status': ['tune status'],
  'tune why': ['tune why H', 'tune why nosuch'],
  'tune accept': ['tune accept H --wait=0.1'],
  'tune reject': ['tune reject H --wait=0.1'],
  'tune export-recipe': ['tune export-recipe --out -', 'tune export-recipe --out H'],
  'autopilot status': ['autopilot status'],
  'autopilot mode': ['autopilot mode', 'autopilot mode H'],
  'autopilot ai': [
    'autopilot ai',
    'autopilot ai budget',
    'autopilot ai history',
    'autopilot ai dry-run',
    'autopilot ai H',
  ],
  'autopilot rules': ['autopilot rules', 'autopilot rules check H', 'autopilot rules disable H'],
  'autopilot test': ['autopilot test H'],
  'autopilot proposals': ['autopilot proposals'],
  'autopilot propose': [
    'autopilot propose H --note H --wait=0.1',
    'autopilot propose pause --note H --wait=0.1',
    'autopilot propose pause',
  ],
  'autopilot approve': ['autopilot approve H', 'autopilot approve a1-1 --note H'],
  'autopilot reject': ['autopilot reject H', 'autopilot reject a1-1 --note H'],
  'autopilot why': ['autopilot why H', 'autopilot why nosuch'],
  'notify rules': ['notify rules'],
  'notify log': ['notify log'],
  'notify test': ['notify test H'],
  'notify send': ['notify send H'],
  'sweep init': ['sweep init H --config H'],
  'sweep run': ['sweep run -i H', 'sweep run --mem H --time H'],
  'sweep ls': ['sweep ls -p H'],
  'sweep status': ['sweep status H'],
  'sweep watch': ['sweep watch H'],
  'sweep res': ['sweep res H'],
  'sweep tail': ['sweep tail H', 'sweep tail 1 -f --attempt H'],
  'sweep log': ['sweep log H', 'sweep log 1 -f H'],
  'sweep why': ['sweep why H'],
  'sweep importance': ['sweep importance H'],
  'sweep plot': ['sweep plot H', 'sweep plot curves H'],
  'sweep export': ['sweep export H', 'sweep export 1 --schedule -o H'],
  'sweep set': ['sweep set 1 H=1'],
  'sweep stop': ['sweep stop H --kill'],
  'sweep prune': ['sweep prune H'],
  'sweep pause': ['sweep pause H'],
  'sweep resume': ['sweep resume H'],
  'sweep drive': ['sweep drive H --once'],
  'sweep monitor': ['sweep monitor H --once --no-agent', 'sweep monitor --dry-run --trigger H'],
  'sweep propose': ['sweep propose H', 'sweep propose stop_index H --reason H', 'sweep propose run_sh'],
  'sweep sh': ['sweep sh H', 'sweep sh -p H', 'sweep sh --metric H --mode H'],
  'sweep stats': ['sweep stats H --attempt 1'],
  'sweep snapshot': ['sweep snapshot H'],
  'sweep test': ['sweep test H', 'sweep test --all --cfg-job H'],
  'sweep clean': ['sweep clean H'],
  'sweep doctor': ['sweep doctor H'],
  'sweep install-skill': ['sweep install-skill H'],
  pause: ['pause --wait=0.1'],
  resume: ['resume --wait=0.1'],
  stop: ['stop H --wait=0.1'],
  checkpoint: ['checkpoint save H --wait=0.1', 'checkpoint load H --wait=0.1', 'checkpoint load --wait=0.1'],
  runs: ['runs'],
  get: ['get H', 'get nosuch', 'get lr'],
  'checkpoint list': ['checkpoint list'],
  status: ['status'],
  log: ['log', 'log --format markdown', 'log --outcome failed', 'log --who H', 'log nosuch'],
  watch: ['watch --once'],
  doctor: ['doctor'],
  schema: ['schema', 'schema H'],
  freeze: ['freeze --mode replay --recipe H --wait=0.1', 'freeze --mode replay_adjusted --adjust H --wait=0.1'],
  unfreeze: ['unfreeze --wait=0.1'],
  'recipe export': ['recipe export --force', 'recipe export --force --out -', 'recipe export --module H'],
  'recipe show': ['recipe show', 'recipe show bad.jsonl', 'recipe show H.jsonl', 'recipe show H'],
  'recipe validate': ['recipe validate', 'recipe validate bad.jsonl'],
  'recipe diff': ['recipe diff RUN/hotcb.recipe.jsonl RUN/bad.jsonl', 'recipe diff RUN/H.jsonl RUN/H.jsonl'],
  'recipe edit': [
    'recipe edit --drop',
    'recipe edit bad.jsonl --drop',
    'recipe edit H.jsonl --shift 1',
    'recipe edit --insert H',
  ],
  'recipe overlay': ['recipe overlay RUN/hotcb.recipe.jsonl RUN/bad.jsonl', 'recipe overlay RUN/H.jsonl RUN/H.jsonl'],
  'recipe patch-template': ['recipe patch-template --output -', 'recipe patch-template H.jsonl --output H'],
  'recipe apply': ['recipe apply --adjust overlay.json', 'recipe apply --adjust bad-overlay.yaml'],
  'recipe queue': ['recipe queue', 'recipe queue bad.jsonl'],
  'replay preview': ['replay preview', 'replay preview bad.jsonl', 'replay preview --adjust bad-overlay.yaml'],
  'replay --verify': ['replay --verify RUN RUN', 'replay --verify RUN COPY'],
  diff: ['diff RUN COPY', 'diff RUN RUN --metrics H'],
  init: ['init'],
  completion: ['completion bash'],
  // These need other built packages; apps/cli tests them.
  'export metrics': [],
  'cache clear': [],
  explain: [],
  mcp: [],
  'install-skill': [],
  demo: [],
  serve: [],
  'serve token': [],
  'serve agents': [],
  launch: [],
  // These commands run until they are interrupted.
  'autopilot run': [],
  'notify run': [],
}

test('the table has lines for every command', () => {
  expect(Object.keys(TYPED).sort()).toEqual(
    rootOf(BUILT_IN_WORDS)
      .flatMap((entry) => paths(entry))
      .sort(),
  )
})

function paths(entry: CommandEntry, before = ''): readonly string[] {
  const path = `${before}${entry.name}`
  return isGroup(entry) ? entry.entries.flatMap((inner) => paths(inner, `${path} `)) : [path]
}

const LINES = Object.values(TYPED).flat()
const HOME = mkdtempSync(join(tmpdir(), 'hotcb-hostile-'))

interface Printed {
  readonly shown: string
  readonly piped: Ended
  readonly json: Ended
}

/** The output of each line. */
const printed = new Map<string, Printed>()

beforeAll(async () => {
  const program = buildProgram()
  const shown = await linesInTerminal(LINES.map(typed), HOME)
  for (const [i, line] of LINES.entries()) {
    const surroundings = { cwd: HOME, env: plainEnv() }
    const piped = await runLine(program, { args: typed(line), ...surroundings })
    const json = await runLine(program, { args: [...typed(line), '--json'], ...surroundings })
    printed.set(line, { shown: shown[i] ?? '', piped, json })
  }
})

afterAll(() => removeDirectory(HOME))

function printedBy(line: string): Printed {
  const found = printed.get(line)
  if (found === undefined) throw new Error(`\`${line}\` did not run`)
  return found
}

test.each(LINES)('`%s` prints no control characters from files, on a terminal and in a pipe', (line) => {
  const { shown, piped, json } = printedBy(line)
  expectOwnColours(shown.replaceAll('\r', ''))
  for (const { out, err } of [piped, json]) expectPlain(out + err)
  // A completion script contains no text from files.
  if (line.startsWith('completion')) return
  // Its documents need not match a schema, because no kernel writes such files.
  for (const one of json.out.split('\n').filter((text) => text !== '')) expect(() => JSON.parse(one), one).not.toThrow()
})

test('all lines except a few print something', () => {
  const silent = LINES.map(printedBy).filter(({ piped }) => piped.out + piped.err === '')
  expect(silent.length).toBeLessThan(5)
})

test('`watch` moves the cursor only with its own sequences, and none of its lines is too wide', async () => {
  const dir = writeHostileRun(temporaryDirectory())
  const session = startInTerminal(['--dir', dir, 'watch', '--every', '0.1'], { columns: 60, rows: 40 })
  await session.until(`${ESC}[J`, 3)
  session.type('q')
  expect(await session.ended).toBe(0)
  const moves = new RegExp(`${ESC}\\[(?:H|K|J|\\?25[hl]|\\?1049[hl])`, 'g')
  expectOwnColours(session.output().replaceAll('\r', '').replace(moves, ''))
  const picture = lastPicture(session.output())
  expect(Math.max(...picture.map(textWidth))).toBeLessThanOrEqual(60)
  expect(picture.join('\n')).toContain('验')
})

test("a trainer's answer is shown without control characters", async () => {
  const dir = temporaryDirectory()
  answerCommands(dir, (_, seq) => ({
    decision: seq % 2 === 0 ? 'failed' : 'applied',
    payload: { [HOSTILE]: HOSTILE },
    old: { [HOSTILE]: HOSTILE },
    error: HOSTILE,
    notes: HOSTILE,
    author: HOSTILE,
  }))
  for (const word of ['pause', 'resume', 'set lr=1', 'unfreeze', 'set lr=2']) {
    const { out, err } = await hotcb(['--dir', dir, ...word.split(' '), '--wait=20'], { env: { FORCE_COLOR: '1' } })
    expectOwnColours(out + err)
  }
})

test('completion offers no word with terminal control characters', async () => {
  const dir = writeHostileRun(temporaryDirectory())
  for (const words of [
    ['set', ''],
    ['enable', ''],
    ['cb', 'enable', ''],
    ['checkpoint', 'load', ''],
    ['cancel', ''],
  ]) {
    const { out, err } = await hotcb(['__complete', '--', '--dir', dir, ...words])
    expectPlain(out.replaceAll('\t', ''))
    expect(err).toBe('')
    expect(out).not.toContain('\uFFFD]0;title\uFFFDC\t')
  }
})

/** Returns the words of a line, with a new hostile run. */
function typed(line: string): readonly string[] {
  const parent = mkdtempSync(join(HOME, 'run-'))
  const dir = writeHostileRun(parent)
  const copy = join(parent, 'copy')
  if (line.includes('COPY')) cpSync(dir, copy, { recursive: true })
  const places: Readonly<Record<string, string>> = { RUN: dir, COPY: copy, H: HOSTILE_NAME }
  const words = line.split(' ').map((word) => word.replace(/\b(?:RUN|COPY|H)\b/g, (name) => places[name] ?? name))
  return /^recipe (diff|overlay)/.test(line) ? words : ['--dir', dir, ...words]
}

const OBEYED = /(?!\n)[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u

function expectPlain(text: string): void {
  expect(text).not.toMatch(OBEYED)
}

function expectOwnColours(text: string): void {
  expect(text.replace(new RegExp(`${ESC}\\[(?:0|1|2|22|31|32|33|36|39)m`, 'g'), '')).not.toMatch(OBEYED)
  // The colour in the files is also a colour of hotcb, so it must not pass through.
  expect(text).not.toContain(`A${ESC}`)
}
