import { type ControlDescription, moduleOfGroup, nearest, type TuneKnob, type TuneRecipe } from '@hotcb/protocol'

/** How a knob moves its control: by a factor, by a difference, or to a value. */
export type KnobMode = 'mult' | 'delta' | 'set'

/** One kind of change that the tuner may make, with the control that it changes. */
export interface Knob {
  /** hotcb 2's name for a family of mutations, such as `opt:lr_mult`. */
  readonly name: string
  readonly module: string
  readonly control: ControlDescription
  readonly mode: KnobMode
  /** The bounds of the factor, the difference or the value. */
  readonly bounds: readonly [number, number]
  readonly priorCenter: number
  /** The number of points that must pass after a judgement before the knob is moved again. */
  readonly cooldown: number
  readonly risk: 'low' | 'medium'
  readonly maxStepMult: number | null
  /** The smallest and the largest value that may be set. */
  readonly range: readonly [number, number]
  /** Whether it is a learning rate; the phase determines the direction in which it may move. */
  readonly isRate: boolean
}

/** A recipe's knobs for a run's controls, and the controls that the recipe names but the run does not have. */
export interface Knobs {
  readonly knobs: readonly Knob[]
  /** One line for each control in the recipe that does not exist or cannot be tuned. */
  readonly missing: readonly string[]
}

/** Matches a recipe with a run's controls. */
export function knobsOf(recipe: TuneRecipe, controls: readonly ControlDescription[]): Knobs {
  const knobs: Knob[] = []
  const missing: string[] = []
  for (const [module, { enabled, mutations, keys }] of Object.entries(recipe.actuators)) {
    if (!enabled) continue
    const asked = [
      ...Object.entries(mutations).map(([name, knob]) => ({ name, knob, ...splitMutation(name) })),
      ...Object.entries(keys).map(([key, knob]) => ({ name: `${key}_${knob.mode}`, knob, key, mode: modeOf(knob) })),
    ]
    for (const { name, knob, key, mode } of asked) {
      if (knob.risk === 'high') continue
      const control = findControl(module, key, controls)
      if (typeof control === 'string') missing.push(control)
      else knobs.push(knobOf({ name: `${module}:${name}`, module, control, mode }, knob))
    }
  }
  return { knobs, missing }
}

function knobOf(named: Pick<Knob, 'name' | 'module' | 'control' | 'mode'>, knob: TuneKnob): Knob {
  const { param_key, min, max } = named.control
  const [low, high] = knob.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  return {
    ...named,
    bounds: knob.bounds,
    priorCenter: Math.min(knob.bounds[1], Math.max(knob.bounds[0], knob.prior_center)),
    cooldown: knob.cooldown,
    risk: knob.risk === 'medium' ? 'medium' : 'low',
    maxStepMult: knob.max_step_mult,
    range: [Math.max(low, min ?? low), Math.min(high, max ?? high)],
    isRate: isRateKey(param_key),
  }
}

/** Whether the control with this key is a learning rate or multiplies one. */
export function isRateKey(key: string): boolean {
  return key === 'lr' || key === 'scheduler_scale'
}

const NUMBERS: readonly string[] = ['float', 'log_float', 'int']

function splitMutation(name: string): { readonly key: string; readonly mode: KnobMode } {
  const at = name.lastIndexOf('_')
  // The recipe's reader accepts no other suffixes.
  return { key: name.slice(0, at), mode: name.slice(at + 1) as KnobMode }
}

function modeOf({ mode }: TuneKnob): KnobMode {
  // The recipe's reader accepts no other modes.
  return mode as KnobMode
}

/** Returns the control with a key, or a one-line reason why there is none. Under a schedule, the scale replaces the rate. */
function findControl(
  module: string,
  key: string,
  controls: readonly ControlDescription[],
): ControlDescription | string {
  const own = controls.filter(({ group }) => moduleOfGroup(group) === module)
  const named = key === 'lr' ? (own.find((one) => one.param_key === 'scheduler_scale') ?? null) : null
  const control = named ?? own.find((one) => one.param_key === key)
  if (control !== undefined && NUMBERS.includes(control.type)) return control
  if (control !== undefined) return `\`${module}\` has \`${key}\`, which cannot be tuned because it is not a number`
  const near = nearest(key, own.map((one) => one.param_key), 1)[0] // biome-ignore format: more readable
  return `\`${module}\` has no control \`${key}\`${near === undefined ? '' : `: did you mean \`${near}\`?`}`
}

/** Returns the current value of a knob's control; null if the control cannot be moved. */
export function currentOf({ control: { current, state, ramp } }: Knob): number | null {
  const isFree = state !== 'disabled' && (ramp === undefined || ramp === null)
  return isFree && typeof current === 'number' && Number.isFinite(current) ? current : null
}
