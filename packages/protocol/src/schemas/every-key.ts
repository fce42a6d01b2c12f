import * as v from 'valibot'

/** The keys that valibot drops from objects without a message. A user's loss term or metric may have such a name. */
const DROPPED = ['__proto__', 'prototype', 'constructor'] as const

/** Creates a schema for an object with any keys. Unlike valibot's `record`, it keeps all of them. */
export function record<Key extends v.BaseSchema<string, string, v.BaseIssue<unknown>>, Value extends v.GenericSchema>(
  key: Key,
  value: Value,
): v.RecordSchema<Key, Value, undefined> {
  return keepEveryKey(v.record(key, value), value)
}

/** Creates a schema for an object that may have further keys. Unlike valibot's `objectWithRest`, it keeps all of them. */
export function objectWithRest<const Entries extends v.ObjectEntries, Rest extends v.GenericSchema>(
  entries: Entries,
  rest: Rest,
): v.ObjectWithRestSchema<Entries, Rest, undefined> {
  return keepEveryKey(v.objectWithRest(entries, rest), rest)
}

/** Changes a new schema so that it also reads the keys that valibot drops. */
function keepEveryKey<Schema extends v.GenericSchema>(schema: Schema, value: v.GenericSchema): Schema {
  const run = schema['~run'].bind(schema)
  return Object.assign(schema, {
    '~run': (dataset: v.UnknownDataset, config: v.Config<v.BaseIssue<unknown>>) => {
      const input = dataset.value
      const read = run(dataset, config)
      if (typeof input === 'object' && input !== null)
        for (const key of DROPPED) readKey(read, input, key, value, config)
      return read
    },
  })
}

type Read = v.OutputDataset<unknown, v.BaseIssue<unknown>>

function readKey(
  read: Read,
  input: object,
  key: string,
  schema: v.GenericSchema,
  config: v.Config<v.BaseIssue<unknown>>,
): void {
  const found = Object.getOwnPropertyDescriptor(input, key)
  if (found === undefined) return
  const inner = schema['~run']({ value: found.value }, config)
  for (const issue of inner.issues ?? []) {
    const item: v.UnknownPathItem = { type: 'unknown', origin: 'value', input, key, value: found.value }
    const path: [v.IssuePathItem, ...v.IssuePathItem[]] = [item, ...(issue.path ?? [])]
    const placed = { ...issue, path }
    if (read.issues === undefined) Object.assign(read, { issues: [placed] })
    else read.issues.push(placed)
  }
  if (!inner.typed) Object.assign(read, { typed: false })
  // Not set by assignment, because that would change the prototype.
  Object.defineProperty(read.value, key, { value: inner.value, enumerable: true, writable: true, configurable: true })
}
