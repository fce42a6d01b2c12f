import { oneLine, show } from '@hotcb/protocol'
import { parseYaml, type YamlPath, yamlPlaces } from '@hotcb/protocol/yaml'
import {
  type ChannelConfig,
  LEVELS,
  type NotifyConfig,
  type NotifyRule,
  OPERATOR_KINDS,
  type OperatorKind,
  type QuietHours,
} from '../types.ts'
import { ConfigFields, type Problems } from './fields.ts'
import { readChannel } from './read-channel.ts'
import { readRule } from './read-rule.ts'

/** A problem in a configuration, as one line that begins with the file, the line and the column. */
export type NotifyConfigProblem = string

/** A configuration, or all its problems. */
export type NotifyConfigReading =
  | { readonly ok: true; readonly config: NotifyConfig }
  | { readonly ok: false; readonly problems: readonly NotifyConfigProblem[] }

const FIELDS = ['channels', 'rules', 'quiet', 'operators', 'limits']
const MOST_PER_HOUR = 20

/** Reads `hotcb.notify.yaml`. @param file Its name, for messages. */
export function readNotifyConfig(text: string, file: string): NotifyConfigReading {
  const yaml = parseYaml(text)
  if (!yaml.ok)
    return { ok: false, problems: [`${file}${yaml.line === null ? '' : `:${yaml.line}`}: ${oneLine(yaml.reason)}`] }
  const found: { path: YamlPath; of: 'key' | 'value'; message: string }[] = []
  const problems: Problems = {
    add: (path, message, of = 'value') => void found.push({ path, of, message: oneLine(message) }),
  }
  const config = readFile(new ConfigFields(yaml.value ?? {}, [], problems))
  if (found.length === 0) return { ok: true, config }
  const placeOf = yamlPlaces(text)
  return {
    ok: false,
    problems: found.map(({ path, of, message }) => {
      const place = placeOf(path, of)
      return `${file}${place === null ? '' : `:${place.line}:${place.column}`}: ${message}`
    }),
  }
}

function readFile(fields: ConfigFields): NotifyConfig {
  fields.allow(FIELDS)
  const all = fields.nested('channels')
  const names = all.keys()
  const channels = names.flatMap((name): readonly ChannelConfig[] => {
    if (!/^[A-Za-z0-9][\w-]{0,39}$/.test(name))
      all.refuse(name, 'a channel name may have up to 40 letters, digits, `-` and `_`')
    const channel = readChannel(name, all.nested(name))
    return channel === undefined ? [] : [channel]
  })
  const read = fields.list('rules').map((rule, i) => readRule(rule, i, names))
  refuseTwins(read, fields)
  const rules = read.filter((rule) => rule !== undefined)
  const limits = fields.nested('limits')
  limits.allow(['per_hour'])
  return {
    channels,
    rules,
    quiet: fields.has('quiet') ? readQuiet(fields.nested('quiet')) : null,
    perHour: limits.number('per_hour', MOST_PER_HOUR, 1) ?? MOST_PER_HOUR,
    operators: readOperators(fields.nested('operators')),
  }
}

function refuseTwins(rules: readonly (NotifyRule | undefined)[], fields: ConfigFields): void {
  for (const [i, rule] of rules.entries()) {
    const first = rules.findIndex((one) => one !== undefined && one.id === rule?.id)
    if (rule === undefined || first === i) continue
    fields.refuse(['rules', i], `rules ${first + 1} and ${i + 1} are both called \`${rule.id}\`: give one an \`id\``)
  }
}

function readOperators(fields: ConfigFields): NotifyConfig['operators'] {
  fields.allow(OPERATOR_KINDS)
  const idsOf = (kind: OperatorKind): readonly string[] => fields.texts(kind)
  return { telegram: idsOf('telegram'), slack: idsOf('slack'), discord: idsOf('discord') }
}

function readQuiet(fields: ConfigFields): QuietHours {
  fields.allow(['from', 'to', 'zone', 'except'])
  const zone = fields.text('zone')
  if (zone !== '' && !isZone(zone))
    fields.refuse('zone', `unknown time zone ${show(zone)}: use a name such as \`Europe/Berlin\``)
  const passing = fields.has('except') ? fields.texts('except') : ['critical']
  const except = LEVELS.filter((level) => passing.includes(level))
  for (const one of passing) {
    if (!LEVELS.some((level) => level === one))
      fields.refuse('except', `unknown level ${show(one)}: choose from ${LEVELS.join(', ')}`)
  }
  return { from: minutes(fields, 'from'), to: minutes(fields, 'to'), zone, except }
}

function minutes(fields: ConfigFields, key: string): number {
  const text = fields.text(key)
  const [, hours, rest] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? []
  if (hours !== undefined && rest !== undefined) return 60 * Number(hours) + Number(rest)
  if (text !== '') fields.refuse(key, `\`${key}\` must be a time of day such as \`22:30\`, got ${show(text)}`)
  return 0
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    // An unknown time zone throws a RangeError.
    return false
  }
}
