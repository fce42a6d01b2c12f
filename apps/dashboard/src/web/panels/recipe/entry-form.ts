import { type Json, ok, parseValue, type RecipeEntry, type Result, refused } from '@hotcb/protocol'
import { formatRecipe, readRecipe } from '@hotcb/recipe'

/** An entry as it is typed in the form. */
export interface EntryForm {
  readonly step: string
  readonly event: string
  readonly module: string
  readonly op: string
  readonly id: string
  readonly params: readonly TypedParam[]
}

export interface TypedParam {
  readonly key: string
  /** As on the command line: a number, true, text, or JSON such as a ramp. */
  readonly value: string
}

/** The form of an entry. */
export function formOf({ at, module, op, id, params }: RecipeEntry): EntryForm {
  return {
    step: String(at.step),
    event: at.event ?? '',
    module,
    op,
    id,
    params: Object.entries(params ?? {}).map(([key, value]) => ({ key, value: typedValue(value) })),
  }
}

// A text that would be read as something else is quoted.
function typedValue(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  const read = parseValue(value)
  return read.ok && read.value === value ? value : JSON.stringify(value)
}

/** The entry that a form describes. Everything that the form does not show is that of `before`. */
export function entryOf(form: EntryForm, before: RecipeEntry): Result<RecipeEntry> {
  const step = Number(form.step)
  if (form.step.trim() === '' || !Number.isSafeInteger(step)) {
    return refused(`\`step\` must be a whole number, got "${form.step}"`)
  }
  const params = readParams(form.params)
  if (!params.ok) return params
  const event = form.event.trim() === '' ? null : form.event.trim()
  const isSamePlace = step === before.at.step && event === before.at.event
  const { end } = before.at
  return check({
    ...before,
    // Another place has other calls.
    at: isSamePlace ? before.at : { step, event, ...(end === true && { end }) },
    module: form.module.trim(),
    op: form.op.trim(),
    id: form.id.trim(),
    params: form.params.length === 0 && (before.params ?? null) === null ? null : params.value,
  })
}

function readParams(typed: readonly TypedParam[]): Result<Readonly<Record<string, Json>>> {
  const params = new Map<string, Json>()
  for (const { key, value } of typed) {
    const name = key.trim()
    if (name === '') return refused('`params` has a value without a name')
    if (params.has(name)) return refused(`\`params.${name}\` is given twice`)
    const read = parseValue(value.trim())
    if (!read.ok) return refused(`\`params.${name}\`: ${read.reason}`)
    params.set(name, read.value)
  }
  return ok(Object.fromEntries(params))
}

/** Reads an entry as one line of a recipe. */
export function entryOfLine(line: string): Result<RecipeEntry> {
  const read = readRecipe(line, { file: 'the entry' })
  if (!read.ok) return refused(read.reason.replace(/^the entry:\d+: /, ''))
  const [entry, other] = read.value.entries
  if (entry === undefined || other !== undefined) return refused('one line of JSON with one entry expected')
  return ok(entry)
}

// The reader of recipes knows the rules, and reads what will be written.
function check(entry: RecipeEntry): Result<RecipeEntry> {
  return entryOfLine(lineOf(entry))
}

/** An entry as one line of a recipe. */
export function lineOf(entry: RecipeEntry): string {
  return formatRecipe([entry]).trimEnd()
}
