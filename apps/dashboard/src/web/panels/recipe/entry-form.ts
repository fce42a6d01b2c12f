import { type Json, ok, parseValue, type RecipeEntry, type Result, refused } from '@hotcb/protocol'
import { formatRecipe, readRecipe } from '@hotcb/recipe'

/** An entry's fields, as the user entered them. */
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
  /** The same notation as on the command line: a number, true, text, or JSON such as a ramp. */
  readonly value: string
}

/** Fills the form from an entry. */
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

// Formats a value for the field. Text that would be parsed as a different type is quoted.
function typedValue(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  const read = parseValue(value)
  return read.ok && read.value === value ? value : JSON.stringify(value)
}

/** Creates the entry described by a form. Fields that the form does not show are taken from `before`. */
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
    // `call` belongs to the old place, so it is dropped if the place changes.
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

/** Parses an entry from one recipe line. */
export function entryOfLine(line: string): Result<RecipeEntry> {
  const read = readRecipe(line, { file: 'the entry' })
  if (!read.ok) return refused(read.reason.replace(/^the entry:\d+: /, ''))
  const [entry, other] = read.value.entries
  if (entry === undefined || other !== undefined) return refused('expected one line of JSON with one entry')
  return ok(entry)
}

// The recipe reader checks the entry in the form in which it will be written.
function check(entry: RecipeEntry): Result<RecipeEntry> {
  return entryOfLine(lineOf(entry))
}

/** Formats an entry as one recipe line. */
export function lineOf(entry: RecipeEntry): string {
  return formatRecipe([entry]).trimEnd()
}
