import { isObject } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import type { Outcome } from '../plan/outcome.ts'
import { type SweepDraft, yamlText } from './draft.ts'

type Fields = Readonly<Record<string, unknown>>

/** Reads a Weights & Biases sweep: `method`, `metric`, `parameters`, `early_terminate`, `run_cap`, `program`, `command`. */
export function readWandbSweep(text: string): Outcome<SweepDraft> {
  const parsed = parseYaml(text)
  if (!parsed.ok) return { ok: false, message: parsed.reason }
  const { value } = parsed
  if (!isObject(value) || !isObject(value['parameters'])) {
    return { ok: false, message: 'it has no `parameters`, so it is not a Weights & Biases sweep' }
  }
  const notes: string[] = []
  const parameters: string[] = []
  const statics: string[] = []
  for (const [name, given] of flattened(value['parameters'], '')) {
    const spec = parameterOf(given)
    if (spec === undefined) {
      return {
        ok: false,
        message: `parameters.${name}: ${JSON.stringify(given)} has no equivalent here; convert it by hand`,
      }
    }
    if (spec.note !== undefined) notes.push(`${name}: ${spec.note}`)
    if (spec.kind === 'one') statics.push(`${name}=${spec.text}`)
    else parameters.push(`${yamlText(name)}: ${spec.text}`)
  }
  const { command, style } = commandOf(value)
  const top = [...methodOf(value, notes), ...objectiveOf(value), ...stoppingOf(value, notes)]
  return { ok: true, value: { parameters, statics, top, notes, style, command } }
}

function flattened(parameters: Fields, prefix: string): readonly (readonly [name: string, spec: unknown])[] {
  return Object.entries(parameters).flatMap(([name, spec]) =>
    isObject(spec) && isObject(spec['parameters'])
      ? flattened(spec['parameters'], `${prefix}${name}.`)
      : [[`${prefix}${name}`, spec] as const],
  )
}

interface Spec {
  readonly kind: 'one' | 'swept'
  readonly text: string
  readonly note?: string
}

function parameterOf(spec: unknown): Spec | undefined {
  if (!isObject(spec)) return undefined
  if ('value' in spec) return { kind: 'one', text: String(JSON.stringify(spec['value'])).replace(/^"|"$/g, '') }
  const { values } = spec
  if (Array.isArray(values)) {
    const texts = values.map((one) => (typeof one === 'string' ? yamlText(one) : JSON.stringify(one)))
    const note = 'probabilities' in spec ? { note: 'its probabilities are omitted' } : {}
    return { kind: 'swept', text: `{type: discrete, values: [${texts.join(', ')}]}`, ...note }
  }
  return distributionOf(spec)
}

function distributionOf(spec: Fields): Spec | undefined {
  const { distribution, q = 1 } = spec
  // PyYAML reads 1e-5 as a string.
  const number = (name: string): number => (spec[name] === undefined ? Number.NaN : Number(spec[name]))
  if (distribution === 'normal') {
    return { kind: 'swept', text: `{type: normal, mean: ${number('mu') || 0}, sd: ${number('sigma') || 1}}` }
  }
  const [min, max] = [number('min'), number('max')]
  if (!Number.isFinite(min) || !Number.isFinite(max)) return undefined
  const isWhole = Number.isInteger(min) && Number.isInteger(max)
  const range = (type: string, more = '', [low, high] = [min, max]): Spec => ({
    kind: 'swept',
    text: `{type: ${type}, low: ${low}, high: ${high}${more}}`,
  })
  switch (distribution) {
    case undefined:
      return range(isWhole ? 'int' : 'continuous')
    case 'uniform':
      return range('continuous')
    case 'int_uniform':
      return range('int')
    case 'log_uniform_values':
      return range('continuous', ', scale: log')
    case 'inv_log_uniform_values':
      return { ...range('continuous', ', scale: log'), note: 'inv_log_uniform_values became a logarithmic range' }
    case 'log_uniform':
      return range('continuous', ', scale: log', [Math.exp(min), Math.exp(max)])
    case 'q_uniform':
      return isWhole && Number.isInteger(q) ? range('int', `, step: ${q}`) : quantized(range('continuous'))
    case 'q_log_uniform_values':
      return isWhole && q === 1 ? range('int', ', scale: log') : quantized(range('continuous', ', scale: log'))
    default:
      return undefined
  }
}

function quantized(spec: Spec): Spec {
  return { ...spec, note: 'its steps `q` are omitted' }
}

const METHODS: Readonly<Record<string, string>> = { random: 'random', bayes: 'tpe' }

function methodOf({ method, run_cap: cap }: Fields, notes: string[]): readonly string[] {
  if (method === 'grid') return ['grid: all']
  const ours = METHODS[String(method)] ?? 'random'
  if (typeof cap !== 'number') notes.push('`trials` is a guess because the sweep had no run_cap')
  return [`search: {method: ${ours}, trials: ${typeof cap === 'number' ? cap : 50}}`]
}

function objectiveOf({ metric }: Fields): readonly string[] {
  if (!isObject(metric) || typeof metric['name'] !== 'string') return []
  const direction = metric['goal'] === 'maximize' ? 'max' : 'min'
  return [`objective: {metric: ${yamlText(metric['name'])}, direction: ${direction}}`]
}

/** Converts Hyperband's brackets to rungs of ASHA. */
function stoppingOf({ early_terminate: stopping, metric }: Fields, notes: string[]): readonly string[] {
  if (!isObject(stopping) || !isObject(metric)) return []
  const { min_iter: least, max_iter: most, s, eta = 3 } = stopping
  const rate = Number(eta)
  const budget = typeof most === 'number' ? most : Number(least) * rate ** 3
  const minSteps = typeof least === 'number' ? least : Math.max(1, Math.round(budget / rate ** Number(s ?? 2)))
  if (!Number.isFinite(budget)) return []
  if (typeof most !== 'number') notes.push('`budget` is a guess; set it to the number of steps in a whole training run')
  const direction = metric['goal'] === 'maximize' ? 'max' : 'min'
  const name = yamlText(String(metric['name']))
  const rungs = `min_steps: ${minSteps}, budget: ${budget}, eta: ${rate}, mode: asha`
  return [`successive_halving: {metric: ${name}, direction: ${direction}, ${rungs}}`]
}

function commandOf({ command, program }: Fields): Pick<SweepDraft, 'command' | 'style'> {
  const script = typeof program === 'string' ? program : 'train.py'
  const words = Array.isArray(command) ? command.map(String) : ['python', script]
  const style = words.some((word) => word.includes('args_no_hyphens')) ? 'words' : 'hyphens'
  const macros: Readonly<Record<string, string>> = { program: script, interpreter: 'python', env: 'env' }
  const kept = words.flatMap((word) => {
    const [, macro] = /^\$\{(\w+)\}$/.exec(word) ?? []
    if (macro === undefined) return [word]
    return macro.startsWith('args') ? [] : [macros[macro] ?? word]
  })
  return { command: kept, style }
}
