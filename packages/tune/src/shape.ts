import { didYouMean, isObject, type Json, type JsonObject, show } from '@hotcb/protocol'
import type { YamlPath } from '@hotcb/protocol/yaml'
import { dotted, type RecipeProblem } from './problem.ts'

/**
 * The allowed content of one part of a document, as plain data. A missing or null part gets the value `absent`.
 *
 * - `number`: finite, at least `least` and at most `most`, and whole if `whole` is true.
 * - `range`: two numbers in order.
 * - `fields`: an object with these keys and no others.
 * - `map`: an object whose values all have the same shape.
 */
export type Shape =
  | { readonly kind: 'number'; readonly absent: number | null; readonly least?: number; readonly most?: number; readonly whole?: boolean }
  | { readonly kind: 'flag'; readonly absent: boolean }
  | { readonly kind: 'text'; readonly absent: string | null; readonly words?: readonly string[] }
  | { readonly kind: 'texts' }
  | { readonly kind: 'range'; readonly absent: readonly [number, number] | null }
  | { readonly kind: 'fields'; readonly fields: Readonly<Record<string, Shape>> }
  | { readonly kind: 'map'; readonly of: Shape; readonly absent?: Json } // biome-ignore format: one line a kind

/** Reads a value according to its shape. All defaults are filled in, and each problem is added to `problems`. */
export function readShape(shape: Shape, value: Json | undefined, problems: RecipeProblem[], path: YamlPath = []): Json {
  const given = value ?? null
  const refuse = (reason: string, of: 'key' | 'value' = 'value', at: YamlPath = path): void =>
    void problems.push({ path: at, of, reason: `${at.length === 0 ? 'a recipe' : `\`${dotted(at)}\``} ${reason}` })
  if (shape.kind === 'fields') return readFields(shape.fields, given, problems, path, refuse)
  if (shape.kind === 'map') return readMap(shape, given, problems, path, refuse)
  if (given === null) return shape.kind === 'texts' ? [] : shape.absent
  return readScalar(shape, given, refuse)
}

function readScalar(shape: Exclude<Shape, { readonly kind: 'fields' | 'map' }>, given: Json, refuse: Refuse): Json {
  switch (shape.kind) {
    case 'number':
      return readNumber(shape, given, refuse)
    case 'flag':
      if (typeof given !== 'boolean') refuse(`must be true or false, got ${show(given)}`)
      return given === true
    case 'text':
      return readText(shape, given, refuse)
    case 'texts':
      if (Array.isArray(given) && given.every((one) => typeof one === 'string')) return given
      refuse(`must be a list of strings, got ${show(given)}`)
      return []
    case 'range':
      return readRange(given, refuse) ?? shape.absent
    default:
      return shape satisfies never
  }
}

function readMap(
  { of, absent = {} }: Shape & { readonly kind: 'map' },
  given: Json,
  problems: RecipeProblem[],
  path: YamlPath,
  refuse: Refuse,
): Json {
  const from = given ?? absent
  if (!isObject(from)) {
    refuse(`must be an object, got ${show(from)}`)
    return {}
  }
  const read = Object.entries(from as JsonObject).map(([key, one]) => [
    key,
    readShape(of, one, problems, [...path, key]),
  ])
  return Object.fromEntries(read)
}

type Refuse = (reason: string, of?: 'key' | 'value', at?: YamlPath) => void

function readNumber(shape: Shape & { readonly kind: 'number' }, given: Json, refuse: Refuse): number {
  const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY, whole = false } = shape
  const right = typeof given === 'number' && Number.isFinite(given) && given >= least && given <= most
  if (right && (!whole || Number.isSafeInteger(given))) return given
  const bounds = [
    ...(Number.isFinite(least) ? [`>= ${least}`] : []),
    ...(Number.isFinite(most) ? [`<= ${most}`] : []),
  ].join(' and ')
  refuse(`must be a ${whole ? 'whole ' : ''}number${bounds === '' ? '' : ` ${bounds}`}, got ${show(given)}`)
  return shape.absent ?? 0
}

function readText({ words, absent }: Shape & { readonly kind: 'text' }, given: Json, refuse: Refuse): string | null {
  if (typeof given !== 'string' || given === '') {
    refuse(`must be a non-empty string, got ${show(given)}`)
    return absent
  }
  if (words !== undefined && !words.includes(given)) {
    refuse(
      `must be one of ${words.join(', ')}, got ${show(given)}: ${didYouMean(given, words, `${words[0]} is usual`)}`,
    )
    return absent
  }
  return given
}

function readRange(given: Json, refuse: Refuse): Json {
  const [low, high, ...more] = Array.isArray(given) ? given : []
  const isRight = Number.isFinite(low) && Number.isFinite(high) && more.length === 0 && Number(low) <= Number(high)
  if (!isRight) refuse(`must be two numbers in order, such as [0.5, 2], got ${show(given)}`)
  return isRight ? [Number(low), Number(high)] : null
}

function readFields(
  fields: Readonly<Record<string, Shape>>,
  given: Json,
  problems: RecipeProblem[],
  path: YamlPath,
  refuse: Refuse,
): Json {
  if (given !== null && !isObject(given)) {
    refuse(`must be an object, got ${show(given)}`)
    return readFields(fields, null, problems, path, refuse)
  }
  const known = Object.keys(fields)
  for (const key of Object.keys(given ?? {})) {
    if (Object.hasOwn(fields, key)) continue
    const hint = didYouMean(key, known, `it may have ${known.join(', ')}`)
    refuse(`is not a key of a tuner recipe: ${hint}`, 'key', [...path, key])
  }
  const read = Object.entries(fields).map(([key, shape]) => [
    key,
    readShape(shape, isObject(given) ? given[key] : undefined, problems, [...path, key]),
  ])
  return Object.fromEntries(read)
}
