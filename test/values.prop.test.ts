import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ask, dashboard, temporaryRoot } from '../apps/dashboard/test/fixture.ts'
import {
  type Actuator,
  boolActuator,
  choiceActuator,
  createMutableState,
  floatActuator,
  intActuator,
  logFloatActuator,
  optimizerActuators,
  tupleActuator,
} from '../packages/actuators/src/index.ts'
import { hotcb } from '../packages/cli/test/program.ts'
import { openKernel } from '../packages/kernel/src/node.ts'
import {
  type ControlDescription,
  checkValue,
  type Json,
  type LedgerLine,
  parseJson,
  readControlsDocument,
} from '../packages/protocol/src/index.ts'
import { validateRecipe } from '../packages/recipe/src/index.ts'
import { removeDirectory } from './remove-directory.ts'

/** A control and a value for it. `make` returns the control of a new trainer, and the trainer's value. */
interface Case {
  readonly module: string
  readonly key: string
  readonly make: () => { readonly controls: readonly Actuator[]; readonly held: () => Json }
  readonly value: Json
}

const finite = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 0.5, 1e-7, 1e-8, 2, 9, 10, 11, 1e21, 2 ** 53, 2 ** 53 - 1, -(2 ** 53), 2 ** 53 + 2),
  fc.integer({ min: -20, max: 20 }),
  fc.double({ min: -20, max: 20, noNaN: true }),
)
const text = fc.oneof(
  finite.map(String),
  fc.constantFrom('0x10', '1e-4', ' .5 ', '+3', '1_0', '', 'true', 'null', 'NaN', 'Infinity', '1e999', 'fast', 'a b'),
  fc.constantFrom('9007199254740993', '9007199254740991', '-9007199254740993', '3.0', '1e2'),
)
const scalar: fc.Arbitrary<Json> = fc.oneof(finite, text, fc.boolean(), fc.constant(null))
const value: fc.Arbitrary<Json> = fc
  .oneof(
    { weight: 4, arbitrary: scalar },
    { weight: 2, arbitrary: fc.array(scalar, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(fc.array(finite, { maxLength: 3 }), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  )
  // As JSON carries it: no -0, no infinity.
  .map((one) => JSON.parse(JSON.stringify(one)))

const bounds = fc.constantFrom({}, { min: 0 }, { max: 10 }, { min: 0, max: 10 }, { min: 1e-7, max: 1 })

interface Drawn extends Omit<Case, 'value'> {
  /** Values that it mostly accepts. */
  readonly fitting: fc.Arbitrary<Json>
}

function single<Value extends Json>(
  initial: fc.Arbitrary<Value>,
  fitting: fc.Arbitrary<Json>,
  make: (options: { key: string; group: string; get: () => Value; set: (next: Value) => void }) => Actuator,
): fc.Arbitrary<Drawn> {
  return initial.map((first) => ({
    module: 'mix',
    key: 'x',
    fitting: fc.oneof(fitting, fc.constant<Json>(first)),
    make: () => {
      let held = first
      const set = (next: Value): void => {
        held = next
      }
      return { controls: [make({ key: 'x', group: 'mix', get: () => held, set })], held: () => held }
    },
  }))
}

const number = fc.oneof(fc.constantFrom(0, 0.5, 3, 20), fc.double({ min: 1e-9, max: 15, noNaN: true }))
const share = fc.double({ min: 1e-7, max: 1, noNaN: true })
const fittingNumber = fc.oneof(share, share.map(String), fc.constant(1))
const fittingWhole = fc.oneof(fc.integer({ min: 0, max: 10 }), fc.constant('3'))
const choices = fc.uniqueArray(fc.oneof(fc.constantFrom<Json>('a', 'fast', 1, 0.5, true, [1, 2], { k: 1 }), finite), {
  minLength: 1,
  maxLength: 4,
  selector: (one) => JSON.stringify(one),
})
const pairs = fc.tuple(number, number).map((pair): readonly number[] => pair)
const control: fc.Arbitrary<Drawn> = fc.oneof(
  single(fc.boolean(), fc.boolean(), boolActuator),
  bounds.chain((limits) =>
    single(fc.integer({ min: -5, max: 15 }), fittingWhole, (made) => intActuator({ ...made, ...limits })),
  ),
  bounds.chain((limits) => single(number, fittingNumber, (made) => floatActuator({ ...made, ...limits }))),
  bounds.chain((limits) => single(number, fittingNumber, (made) => logFloatActuator({ ...made, ...limits }))),
  bounds.chain((limits) =>
    single(pairs, fc.tuple(fittingNumber, fittingNumber), (made) => tupleActuator({ ...made, ...limits })),
  ),
  choices.chain((all) =>
    single<Json>(fc.constantFrom(...all), fc.constantFrom(...all), (made) => choiceActuator({ ...made, choices: all })),
  ),
  fc.array(number, { minLength: 1, maxLength: 3 }).map((rates) => ({
    module: 'opt',
    key: 'lr',
    fitting: fc.oneof(fittingNumber, fc.tuple(...rates.map(() => fittingNumber))),
    make: () => {
      const paramGroups = rates.map((lr, i) => ({ ...(i > 0 && { name: `group ${i}` }), lr }))
      const held = (): Json => paramGroups.map(({ lr }) => lr)
      return { controls: optimizerActuators({ paramGroups }), held }
    },
  })),
)
const cases: fc.Arbitrary<Case> = control.chain(({ fitting, ...made }) =>
  fc.oneof(fitting, value).map((asked) => ({ ...made, value: JSON.parse(JSON.stringify(asked)) })),
)

/** The outcome of a value, through one way of setting it. */
interface Verdict {
  readonly accepted: boolean
  /** The trainer's value afterwards; null if the way only checks. */
  readonly held: Json
}

interface Trained {
  readonly lines: readonly LedgerLine[]
  readonly stop: boolean
  readonly held: Json
}

/** Trains a step with files in the run directory, until `isDone`; the kernel's judgement is in the lines. */
function train(
  { make }: Case,
  files: Readonly<Record<string, string>>,
  isDone: (lines: readonly LedgerLine[]) => boolean = () => true,
): Trained {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-values-'))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content)
    const { controls, held } = make()
    const kernel = openKernel(dir, { state: createMutableState(controls), lookMs: 0 })
    let { stop } = kernel.continueFrom({ step: 0, maxSteps: 9 })
    const lines = (): LedgerLine[] =>
      readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    let step = 0
    do stop = kernel.apply({ step: step++ }).stop || stop
    while (!isDone(lines()))
    // Closing a strict replay that cannot be followed throws the error in the ledger.
    try {
      kernel.close()
    } catch (error) {
      if (!stop) throw error
    }
    return { lines: lines(), stop, held: held() }
  } finally {
    removeDirectory(dir)
  }
}

function byCommand(one: Case): Verdict {
  const { module, key, value: asked } = one
  const command = { cid: 'c', module, op: 'set_params', params: { [key]: asked } }
  const { lines, held } = train(one, { 'hotcb.commands.jsonl': `${JSON.stringify(command)}\n` })
  const answer = lines.find(({ cid }) => cid === 'c')
  return { accepted: answer?.decision === 'applied', held }
}

function entryOf({ module, key }: Case, asked: Json): string {
  return `${JSON.stringify({ at: { step: 0 }, module, op: 'set_params', params: { [key]: asked } })}\n`
}

function replayed(one: Case, files: Readonly<Record<string, string>>, mode: string): Verdict {
  const freeze = {
    mode,
    recipe_path: 'r.jsonl',
    adjust_path: 'a.yaml' in files ? 'a.yaml' : 'a.json',
    policy: 'strict',
  }
  const { lines, stop, held } = train(one, { ...files, 'hotcb.freeze.json': JSON.stringify(freeze) })
  const refused = lines.find(({ decision, op }) => decision === 'failed' && op === 'freeze')
  expect(stop).toBe(refused !== undefined)
  if (refused !== undefined) {
    const place = mode === 'replay' ? /r\.jsonl:1: [^\n]*`/ : /a\.(yaml|json):1: `patches\.0\.replace_params\.[^\n]*`/
    expect(refused.error).toMatch(place)
  }
  return { accepted: refused === undefined, held }
}

function byOverlay(one: Case, file: string): Verdict {
  const { current, groups } = described(one)
  const good = groups === undefined ? current : groups.map((group) => group.value)
  const patches = [{ match: {}, replace_params: { [one.key]: one.value } }]
  return replayed(one, { 'r.jsonl': entryOf(one, good), [file]: JSON.stringify({ patches }) }, 'replay_adjusted')
}

function byYaml(one: Case): Verdict {
  const wish = JSON.stringify({ [one.module]: { params: { [one.key]: one.value } } })
  const { lines, held } = train(one, { 'hotcb.yaml': wish }, (all) => all.some(({ source }) => source === 'yaml'))
  const told = lines.filter(({ source }) => source === 'yaml')
  expect(told.map(({ op }) => op)).toContain('yaml')
  const refused = told.find(({ decision }) => decision !== 'applied')
  if (refused !== undefined) {
    expect(refused.decision).toBe('rejected')
    expect(refused.error).toMatch(new RegExp(`^hotcb\\.yaml:1: \`${one.module}\\.params\\.${one.key}`))
  }
  return { accepted: refused === undefined, held }
}

/** The description of the control, from the document that a kernel writes. */
function described({ make }: Case): ControlDescription {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-described-'))
  try {
    openKernel(dir, { state: createMutableState(make().controls) }).close()
    const document = parseJson(readFileSync(join(dir, 'hotcb.actuators.json'), 'utf8'))
    const read = readControlsDocument(document.ok ? document.value : null)
    const [control] = read.ok ? read.value.controls : []
    if (control === undefined) throw new Error('the kernel describes its control')
    return control
  } finally {
    removeDirectory(dir)
  }
}

test('a value gets the same verdict by command, recipe, overlay, YAML and validation, and is the same in the trainer', () => {
  fc.assert(
    fc.property(cases, (one) => {
      const control = described(one)
      const judged = checkValue(control, one.value)
      const verdicts: Readonly<Record<string, Verdict>> = {
        command: byCommand(one),
        recipe: replayed(one, { 'r.jsonl': entryOf(one, one.value) }, 'replay'),
        overlay: byOverlay(one, 'a.json'),
        'YAML overlay': byOverlay(one, 'a.yaml'),
        YAML: byYaml(one),
      }
      const { problems } = validateRecipe(entryOf(one, one.value), { file: 'r.jsonl', run: { controls: [control] } })
      const accepted = Object.fromEntries(Object.entries(verdicts).map(([way, verdict]) => [way, verdict.accepted]))
      expect({ ...accepted, validate: problems.length === 0 }).toEqual({
        ...Object.fromEntries(Object.keys(verdicts).map((way) => [way, judged.ok])),
        validate: judged.ok,
      })
      const holds = new Set(Object.values(verdicts).map(({ held }) => JSON.stringify(held)))
      expect(holds.size).toBe(1)
      if (!judged.ok) expect(JSON.stringify(one.make().held())).toBe([...holds][0])
    }),
    { numRuns: 80 },
  )
})

test('the command line, `recipe validate` and the dashboard give the same verdict', async () => {
  const root = temporaryRoot()
  const sampled = fc.sample(cases, { numRuns: 24, seed: 11 })
  const dirs = sampled.map((one, i) => {
    const dir = join(root, `run-${i}`)
    mkdirSync(dir)
    openKernel(dir, { state: createMutableState(one.make().controls) }).close()
    writeFileSync(join(dir, 'r.jsonl'), entryOf(one, one.value))
    return dir
  })
  const site = await dashboard({ roots: [root] })
  const got: unknown[] = []
  const right: unknown[] = []
  for (const [i, one] of sampled.entries()) {
    const dir = dirs[i] ?? ''
    const typed = `${one.key}=${JSON.stringify(one.value)}`
    const set = await hotcb(['--dir', dir, 'set', typed])
    const validated = await hotcb(['--dir', dir, 'recipe', 'validate', 'r.jsonl'])
    const command = { module: one.module, op: 'set_params', params: { [one.key]: one.value } }
    const { status } = await ask(site, `/api/runs/run-${i}/commands`, { json: { commands: [command] } })
    const { ok } = checkValue(described(one), one.value)
    got.push({ typed, set: set.code, validated: validated.code, status })
    // No trainer is alive: what is accepted is queued.
    right.push({ typed, set: ok ? 0 : 2, validated: ok ? 0 : 1, status: ok ? 200 : 400 })
  }
  expect(got).toEqual(right)
  const accepted = right.filter((one) => JSON.stringify(one).includes('200')).length
  expect([accepted > 3, right.length - accepted > 3]).toEqual([true, true])
})
