import { nearest, ok, type Result, refused } from '@hotcb/protocol'

/** What the flags of a line said. */
export interface Options {
  readonly id?: string
  readonly at?: string
  readonly event?: string
  readonly expires?: string
  readonly note?: string
  readonly mode?: string
  readonly recipe?: string
  readonly adjust?: string
  readonly policy?: string
  readonly 'step-offset'?: string
  readonly file?: string
  readonly path?: string
  readonly symbol?: string
  readonly expect: readonly string[]
  readonly init: readonly string[]
  readonly force: boolean
  readonly yes: boolean
  readonly enabled?: boolean
}

/** The flags that take a value, with what they take. */
export const FLAGS: Readonly<Record<string, string>> = {
  at: 'step',
  event: 'name',
  expires: 'step',
  expect: 'key=value',
  note: 'text',
  id: 'id',
  mode: 'mode',
  recipe: 'file',
  adjust: 'file',
  policy: 'best_effort | strict',
  'step-offset': 'steps',
  file: 'file',
  path: 'module',
  symbol: 'name',
  init: 'key=value',
}

/** Takes the flags out of the words of a line; `--flag value` and `--flag=value` are the same. */
export function readOptions(words: readonly string[]): Result<{ readonly values: Options; readonly plain: string[] }> {
  const texts: Record<string, string> = {}
  const lists: Record<'expect' | 'init', string[]> = { expect: [], init: [] }
  const plain: string[] = []
  let force = false
  let yes = false
  let enabled: boolean | undefined
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (!word.startsWith('--')) {
      plain.push(word)
      continue
    }
    const equals = word.indexOf('=')
    const name = word.slice(2, equals < 0 ? undefined : equals)
    if (name === 'force') force = true
    else if (name === 'yes') yes = true
    else if (name === 'enabled' || name === 'no-enabled') enabled = name === 'enabled'
    else if (!(name in FLAGS)) return refused(unknownFlag(name))
    else {
      const value = equals < 0 ? words[++i] : word.slice(equals + 1)
      if (value === undefined) return refused(`\`--${name}\` needs ${FLAGS[name]}`)
      if (name === 'expect' || name === 'init') lists[name].push(value)
      else texts[name] = value
    }
  }
  return ok({ values: { ...texts, ...lists, force, yes, ...(enabled !== undefined && { enabled }) }, plain })
}

function unknownFlag(name: string): string {
  const near = nearest(name, [...Object.keys(FLAGS), 'force', 'yes', 'enabled', 'no-enabled'])
  return `unknown flag \`--${name}\`${near.length > 0 ? `: did you mean \`--${near[0]}\`?` : ''}`
}
