import {
  isObject,
  type Json,
  type JsonObject,
  nearest,
  ok,
  type Result,
  refused,
  type TuneRecipe,
} from '@hotcb/protocol'
import { readTuneRecipe } from './recipe.ts'

/**
 * Applies overrides to a recipe by dotted name, such as `acceptance.epsilon`; null restores a field's default. An invalid setting is
 * rejected with a one-line reason.
 *
 * @param base The recipe document, which may be a default recipe.
 */
export function withSettings(base: Json, settings: Readonly<Record<string, Json>>): Result<TuneRecipe> {
  let document: JsonObject = isObject(base) ? (base as JsonObject) : {}
  for (const [name, value] of Object.entries(settings)) document = put(document, pathIn(document, name), value)
  const read = readTuneRecipe(document)
  if (read.ok) return ok(read.recipe)
  return refused(read.problems.map(({ reason }) => reason).join('; '))
}

/** Returns a recipe's value at a dotted name; undefined if it has none. */
export function settingOf(recipe: TuneRecipe, name: string): Json | undefined {
  let at: unknown = recipe
  for (const key of pathIn(recipe as unknown as JsonObject, name)) {
    if (!isObject(at)) return undefined
    at = at[key]
  }
  return at as Json | undefined
}

/** Returns every dotted name that a recipe has. */
export function settingNames(recipe: TuneRecipe): readonly string[] {
  const names: string[] = []
  const visit = (value: unknown, path: readonly string[]): void => {
    if (!isObject(value)) names.push(path.join('.'))
    else for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key])
  }
  visit(recipe, [])
  return names
}

/** Returns the problem with a setting's name; null if there is none. */
export function nameProblem(recipe: TuneRecipe, name: string): string | null {
  if (settingOf(recipe, name) !== undefined) return null
  // Fields that the recipe does not have yet may be added, because its reader checks the result.
  if (/^(actuators|phases)\.[^.]+\../.test(name)) return null
  const [near] = nearest(name, settingNames(recipe), 1)
  return `\`${name}\` is not a tuner setting${near === undefined ? '' : `: did you mean \`${near}\`?`}`
}

// Keys may contain dots, so the longest existing key wins.
function pathIn(document: JsonObject, name: string): readonly string[] {
  const parts = name.split('.')
  const path: string[] = []
  let at: Json | undefined = document
  while (parts.length > 0) {
    let taken = 1
    for (let count = parts.length; count > 1 && isObject(at); count--) {
      if (Object.hasOwn(at, parts.slice(0, count).join('.'))) {
        taken = count
        break
      }
    }
    const key = parts.splice(0, taken).join('.')
    path.push(key)
    at = isObject(at) ? ((at as JsonObject)[key] ?? undefined) : undefined
  }
  return path
}

function put(document: JsonObject, [key = '', ...rest]: readonly string[], value: Json): JsonObject {
  if (rest.length === 0) return { ...document, [key]: value }
  const inner = document[key]
  return { ...document, [key]: put(isObject(inner) ? (inner as JsonObject) : {}, rest, value) }
}
