import { didYouMean, type Json, printable, type TuneRecipe, yamlProblem } from '@hotcb/protocol'
import { parseYaml, yamlPlaces } from '@hotcb/protocol/yaml'
import { readHorizon } from './horizon.ts'
import type { RecipeProblem } from './problem.ts'
import { RECIPE_SHAPE } from './recipe-shape.ts'
import { readShape } from './shape.ts'

/** A tuner recipe, or all of its problems. */
export type RecipeReading =
  | { readonly ok: true; readonly recipe: TuneRecipe }
  | { readonly ok: false; readonly problems: readonly RecipeProblem[] }

/** Reads a recipe from its parsed document. Absent fields get their defaults; an unknown key is a problem. */
export function readTuneRecipe(document: Json): RecipeReading {
  const problems: RecipeProblem[] = []
  // The shape gives every field its type.
  const recipe = readShape(RECIPE_SHAPE, document, problems) as unknown as TuneRecipe
  const isKnown = ({ path }: RecipeProblem): boolean => problems.some((one) => one.path.join('.') === path.join('.'))
  problems.push(...judgeWhole(recipe).filter((one) => !isKnown(one)))
  return problems.length === 0 ? { ok: true, recipe } : { ok: false, problems }
}

/** The result of reading a recipe's text; problems have the form `file:line:column: reason`. */
export type RecipeTextReading =
  | { readonly ok: true; readonly recipe: TuneRecipe; readonly document: Json }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Reads a recipe from YAML text. Each problem has its line and column. */
export function readTuneRecipeText(text: string, file: string): RecipeTextReading {
  const parsed = parseYaml(text)
  if (!parsed.ok) return { ok: false, problems: [yamlProblem(file, parsed)] }
  const read = readTuneRecipe(parsed.value)
  if (read.ok) return { ok: true, recipe: read.recipe, document: parsed.value }
  const places = yamlPlaces(text)
  const problems = read.problems.map(({ path, of, reason }) => {
    const place = places(path, of)
    return printable(`${file}${place === null ? '' : `:${place.line}:${place.column}`}: ${reason}`)
  })
  return { ok: false, problems }
}

type Refuse = (path: readonly string[], reason: string, of?: 'key' | 'value') => void

// Checks that involve several fields.
function judgeWhole(recipe: TuneRecipe): readonly RecipeProblem[] {
  const problems: RecipeProblem[] = []
  const refuse: Refuse = (path, reason, of = 'value') =>
    void problems.push({ path, of, reason: `\`${path.join('.')}\` ${reason}` })
  const horizon = readHorizon(recipe.acceptance.horizon)
  if (!horizon.ok) refuse(['acceptance', 'horizon'], horizon.reason)
  for (const [name, { start_frac, end_frac }] of Object.entries(recipe.phases)) {
    if (!(start_frac < end_frac)) {
      refuse(['phases', name], `must begin before it ends, got ${start_frac} to ${end_frac}`)
    }
  }
  for (const [module, { mutations, keys }] of Object.entries(recipe.actuators)) {
    for (const [name, knob] of Object.entries(mutations)) {
      const path = ['actuators', module, 'mutations', name]
      if (/_(mult|delta|set)$/.test(name)) judgeKnob(path, knob.bounds, name.replace(/^.*_/, ''), refuse)
      else refuse(path, mutationHint(name), 'key')
    }
    for (const [name, knob] of Object.entries(keys)) {
      judgeKnob(['actuators', module, 'keys', name], knob.bounds, knob.mode, refuse)
    }
  }
  return problems
}

function mutationHint(name: string): string {
  const known = ['lr_mult', 'weight_decay_mult', 'momentum_set', 'momentum_delta']
  return `must end in _mult, _delta or _set, such as lr_mult: ${didYouMean(name, known, 'the rest is the key of a control')}`
}

function judgeKnob(path: readonly string[], bounds: readonly [number, number], mode: string, refuse: Refuse): void {
  if (mode === 'mult' && !(bounds[0] > 0))
    refuse([...path, 'bounds'], `must be factors > 0, got [${bounds.join(', ')}]`)
}
