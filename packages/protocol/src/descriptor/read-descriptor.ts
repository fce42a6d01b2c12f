import { FieldReader } from '../fields.ts'
import { isObject, type Json, type JsonObject, show } from '../json.ts'
import { ok, type Result, refused } from '../result.ts'
import { descriptorProblem } from './check-descriptor.ts'
import {
  ARG_COMPLETIONS,
  ARG_KINDS,
  type ArgDescriptor,
  type CommandExample,
  FIELD_PATH,
  type FlagDescriptor,
  HISTORY_RULES,
  type InverseRule,
  type ModuleDescriptor,
  type OpDescriptor,
  type ValueDescriptor,
  YAML_SHAPES,
} from './descriptor.ts'

/** Parses the descriptor of a module, from code or from `hotcb.actuators.json`. */
export function readModuleDescriptor(value: unknown): Result<ModuleDescriptor> {
  const fields = new FieldReader(value, 'a module descriptor')
  const yaml = fields.oneOf('yaml', YAML_SHAPES, null)
  const yamlKey = fields.text('yamlKey', null)
  const read = fields.result<ModuleDescriptor>({
    name: wordOf(fields, 'name'),
    summary: fields.text('summary', ''),
    ops: fields.list('ops', opOf),
    ...(fields.flag('isTopLevel', false) && { isTopLevel: true }),
    ...(yaml !== null && { yaml }),
    ...(yamlKey !== null && { yamlKey }),
  })
  if (!read.ok) return read
  if (read.value.yaml === 'handles' && yamlKey === null) {
    return refused(`\`yamlKey\` is missing: \`yaml: handles\` of module \`${read.value.name}\` needs it`)
  }
  const problem = descriptorProblem(read.value)
  return problem === null ? ok(read.value) : refused(problem)
}

function opOf(fields: FieldReader): OpDescriptor {
  const [params, text, inverse] = [fields.object('params', null), fields.text('text', null), inverseOf(fields)]
  const [history, payload] = [
    fields.oneOf('history', HISTORY_RULES, null),
    fields.oneOf('payload', ['params', 'fields'], null),
  ]
  const lists = optional({
    aliases: aliasesOf(fields),
    about: fields.texts('about', null),
    required: fields.texts('required', null),
    replaces: fields.texts('replaces', null),
  })
  return {
    op: wordOf(fields, 'op'),
    summary: fields.text('summary', ''),
    ...lists,
    ...(fields.has('examples') && { examples: fields.list('examples', exampleOf) }),
    ...(fields.has('args') && { args: fields.list('args', argOf) }),
    ...(fields.has('flags') && { flags: fields.list('flags', flagOf) }),
    ...(fields.flag('isHidden', false) && { isHidden: true }),
    ...(params !== null && { params }),
    ...(inverse !== null && { inverse }),
    ...(history !== null && { history }),
    ...(fields.flag('isRestored', true) ? {} : { isRestored: false }),
    ...(fields.flag('isRecord', false) && { isRecord: true }),
    ...(payload !== null && { payload }),
    ...(text !== null && { text }),
  }
}

function aliasesOf(fields: FieldReader): readonly string[] | null {
  const aliases = fields.texts('aliases', null)
  for (const [i, alias] of (aliases ?? []).entries()) checkWord(fields.pathOf(`aliases.${i}`), alias, fields)
  return aliases
}

function inverseOf(fields: FieldReader): InverseRule | null {
  return fields.nested(
    'inverse',
    (rule) => ({
      ...optional({ op: rule.text('op', null), withoutOld: rule.text('withoutOld', null) }),
      ...optional({ old: rule.oneOf('old', ['params', 'fields'], null) }),
    }),
    null,
  )
}

function exampleOf(fields: FieldReader): CommandExample {
  return { type: fields.text('type'), does: fields.text('does', '') }
}

function argOf(fields: FieldReader): ArgDescriptor {
  const requiredWith = wordLists(fields, 'requiredWith')
  return {
    ...valueFieldsOf(fields),
    ...(fields.flag('optional', false) && { optional: true }),
    ...(requiredWith !== null && { requiredWith }),
  }
}

function flagOf(fields: FieldReader): FlagDescriptor {
  const onlyWith = wordLists(fields, 'onlyWith')
  return {
    ...valueFieldsOf(fields),
    ...optional({ oneOf: fields.text('oneOf', null) }),
    ...(onlyWith !== null && { onlyWith }),
  }
}

function valueFieldsOf(fields: FieldReader): ValueDescriptor {
  const also = fields.object('also', null)
  const alsoByEnding = objectsOf(fields, 'alsoByEnding')
  const meanings = textsByName(fields, 'meanings')
  const into = fields.text('into')
  if (!FIELD_PATH.test(into)) fields.refuse(`\`${fields.pathOf('into')}\` must name a field of an op, got "${into}"`)
  return {
    name: wordOf(fields, 'name'),
    help: fields.text('help', ''),
    kind: fields.oneOf('kind', ARG_KINDS, 'text'),
    into,
    ...optional({ hint: fields.text('hint', null), options: fields.texts('options', null) }),
    ...optional({ completes: fields.oneOf('completes', ARG_COMPLETIONS, null) }),
    ...(also !== null && { also }),
    ...(meanings !== null && { meanings }),
    ...(alsoByEnding !== null && { alsoByEnding }),
    ...(fields.has('default') && { default: fields.json('default') }),
  }
}

// Reads a name that people type on command lines.
function wordOf(fields: FieldReader, key: string): string {
  const word = fields.text(key)
  checkWord(fields.pathOf(key), word, fields)
  return word
}

function checkWord(path: string, word: string, fields: FieldReader): void {
  if (/^[A-Za-z][\w-]{0,63}$/.test(word)) return
  fields.refuse(`\`${path}\` must be a word of letters, digits, dashes and underscores, got ${show(word)}`)
}

function wordLists(fields: FieldReader, key: string): Readonly<Record<string, readonly string[]>> | null {
  const value: JsonObject | null = fields.object(key, null)
  if (value === null) return null
  const lists: [string, readonly string[]][] = []
  for (const [name, words] of Object.entries(value)) {
    if (isWords(words)) lists.push([name, words])
    else fields.refuse(`\`${fields.pathOf(key)}.${name}\` must be a list of strings`)
  }
  return Object.fromEntries(lists)
}

function objectsOf(fields: FieldReader, key: string): Readonly<Record<string, JsonObject>> | null {
  const value: JsonObject | null = fields.object(key, null)
  if (value === null) return null
  const objects: [string, JsonObject][] = []
  for (const [name, one] of Object.entries(value)) {
    if (isObject(one)) objects.push([name, one as JsonObject])
    else fields.refuse(`\`${fields.pathOf(key)}.${name}\` must be an object`)
  }
  return Object.fromEntries(objects)
}

function textsByName(fields: FieldReader, key: string): Readonly<Record<string, string>> | null {
  const value: JsonObject | null = fields.object(key, null)
  if (value === null) return null
  const texts: [string, string][] = []
  for (const [name, text] of Object.entries(value)) {
    if (typeof text === 'string') texts.push([name, text])
    else fields.refuse(`\`${fields.pathOf(key)}.${name}\` must be text`)
  }
  return Object.fromEntries(texts)
}

function isWords(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every((word) => typeof word === 'string')
}

type Present<Fields> = { readonly [Key in keyof Fields]?: NonNullable<Fields[Key]> }

// Leaves out null values, so that a descriptor is written with the same fields that were read.
function optional<Fields extends object>(fields: Fields): Present<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as Present<Fields>
}

/**
 * Reads the descriptors of a run's own modules, from its controls document. Unreadable ones are left out, because
 * the document may come from a newer program.
 */
export function readModules(values: readonly unknown[]): readonly ModuleDescriptor[] {
  return values.flatMap((value) => {
    const read = isObject(value) ? readModuleDescriptor(value) : refused('')
    return read.ok ? [read.value] : []
  })
}
