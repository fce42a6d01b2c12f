import { record } from '@hotcb/protocol/schemas'
import * as v from 'valibot'

/** A control's value in JSON. */
type Value = number | string | boolean | null | number[] | Record<string, unknown>
type Values = Record<string, Value>
type Text = v.GenericSchema<string, string>
type Whole = v.GenericSchema<number, number>

/** The argument that names a run. */
export const RUN: Text = v.pipe(
  v.string(),
  v.description('The directory of the run, as `list_runs` returns it, or relative to a root.'),
)

/** The argument that names a sweep. */
export const SWEEP: Text = v.pipe(v.string(), v.description('The directory of the sweep, with its YAML file.'))

/** The index of a trial. */
export const TRIAL: Whole = v.pipe(v.number(), v.integer(), v.minValue(0), v.description('The index of the trial.'))

/** The reason for a change. It is stored with the command. */
export const REASON: Text = v.pipe(
  v.string(),
  v.regex(/\S.*\S/, 'a reason'),
  v.maxLength(500),
  v.description('The reason. It is stored with the command and shown to people.'),
)

const NAME: Text = v.pipe(v.string(), v.regex(/^[^\s=-][^\s=]*$/, 'a name without spaces and `=`'))
const VALUE = v.union([v.number(), v.string(), v.boolean(), v.null(), v.array(v.number()), record(v.string(), v.any())])

/** Controls and their values. */
export const VALUES: v.GenericSchema<Values, Values> = v.pipe(
  record(NAME, VALUE),
  v.minEntries(1, 'at least one control'),
  v.description('Controls and their new values: {"lr": 0.001}. {"mul": 0.5} halves the current value.'),
)

/** Values that the controls must still have. */
export const EXPECT: v.OptionalSchema<v.GenericSchema<Values, Values>, undefined> = v.optional(
  v.pipe(record(NAME, VALUE), v.description('Apply it only if these controls have these values when it is due.')),
)

/** A step at which a command takes effect. */
export const AT_STEP: v.OptionalSchema<Whole, undefined> = v.optional(
  v.pipe(
    v.number(),
    v.integer(),
    v.minValue(0),
    v.description('The step at which it takes effect. Default: the next one.'),
  ),
)

/** Converts values to words of a command line. They are written as JSON, so that a string is never read as a number. */
export function pairs(values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
}
