import {
  type ControlDescription,
  checkCommand,
  controlsByKey,
  FREEZE_MODES,
  type FreezeMode,
  type Json,
  moduleOfGroup,
  nearest,
  ok,
  parseAssignment,
  parseValue,
  REPLAY_POLICIES,
  type Result,
  refused,
  routeParams,
} from '@hotcb/protocol'
import type { CommandDraft, FreezeDraft, Params } from './draft.ts'
import { type Options, readOptions } from './options.ts'
import { splitWords } from './words.ts'

/** What a line may speak of: needed to route keys and to name the nearest ones. */
export interface Vocabulary {
  readonly controls: readonly ControlDescription[]
  readonly callbacks: readonly string[]
}

/** A line understood. */
export type ParsedLine =
  | { readonly kind: 'commands'; readonly commands: readonly CommandDraft[] }
  | { readonly kind: 'freeze'; readonly freeze: FreezeDraft }

/** The first words that there are, with what follows them, as shown when completing. */
export const VERBS: Readonly<Record<string, string>> = {
  set: 'key=value …',
  enable: 'control or callback',
  disable: 'control or callback',
  pause: 'hold the loop at its next safe point',
  resume: 'end a pause',
  stop: 'end the training',
  checkpoint: 'save | load | drop | branch  [tag] [--yes]',
  revert: '[seq] [--force]',
  cancel: 'cid of a held command',
  freeze: FREEZE_MODES.join(' | '),
  unfreeze: '',
  cb: 'load | unload | enable | disable | set_params  id',
  opt: 'set_params | enable | disable',
  loss: 'set_params | enable | disable',
  tune: 'enable | disable | set',
  ctl: 'call path [key=value …]',
}

/**
 * Reads a line in the words of the command line, with or without `hotcb` before it. Values that a control would not accept are
 * refused here, as the server and the kernel refuse them.
 */
export function parseLine(line: string, vocabulary: Vocabulary): Result<ParsedLine> {
  const parsed = readLine(line, vocabulary)
  if (!parsed.ok || parsed.value.kind === 'freeze') return parsed
  const controls = controlsByKey(vocabulary.controls)
  for (const draft of parsed.value.commands) {
    const problem = checkCommand(draft, controls, { lenient: true })
    if (problem !== null) return refused(problem.reason)
  }
  return parsed
}

function readLine(line: string, vocabulary: Vocabulary): Result<ParsedLine> {
  const words = splitWords(line).map((word) => word.text)
  if (words[0] === 'hotcb') words.shift()
  const [verb = '', ...rest] = words
  const options = readOptions(rest)
  if (!options.ok) return options
  const { values, plain } = options.value
  switch (verb) {
    case 'set':
      return withExtras(set(plain, vocabulary, values), values)
    case 'enable':
    case 'disable':
      return withExtras(toggle(verb, plain, vocabulary), values)
    case 'pause':
    case 'resume':
    case 'stop':
      return withExtras(
        plain.length > 0 ? refused(`\`${verb}\` takes nothing more`) : one({ module: 'core', op: verb }),
        values,
      )
    case 'checkpoint':
      return withExtras(checkpoint(plain, values), values)
    case 'revert':
      return withExtras(revert(plain, values), values)
    case 'cancel':
      if (plain.length !== 1) return refused('`cancel` needs the cid of a held command')
      return withExtras(one({ module: 'core', op: 'cancel', params: { cid: plain[0] ?? '' } }), values)
    case 'freeze':
      return freeze(plain, values)
    case 'unfreeze':
      return ok({ kind: 'freeze', freeze: { mode: 'off' } })
    case 'cb':
      return withExtras(callback(plain, values), values)
    case 'opt':
    case 'loss':
      return withExtras(stream(verb, plain), values)
    case 'tune':
      return withExtras(tune(plain, values), values)
    case 'ctl':
      return withExtras(call(plain), values)
    default:
      return refused(unknown('command', verb, Object.keys(VERBS)))
  }
}

type Drafts = Result<readonly CommandDraft[]>

function one(draft: CommandDraft): Drafts {
  return ok([draft])
}

function set(plain: readonly string[], { controls }: Vocabulary, values: Options): Drafts {
  const params = readParams(plain)
  if (!params.ok) return params
  const modules = new Map(controls.map((control) => [control.param_key, moduleOfGroup(control.group)]))
  const routed = routeParams(params.value, modules)
  if (!routed.ok) return routed
  return ok(
    [...routed.value].map(([module, group]) => ({ module, op: 'set_params', id: values.id ?? 'main', params: group })),
  )
}

function toggle(op: 'enable' | 'disable', plain: readonly string[], { controls, callbacks }: Vocabulary): Drafts {
  const [name] = plain
  if (name === undefined || plain.length > 1) return refused(`\`${op}\` needs one control or callback`)
  const control = controls.find((known) => known.param_key === name)
  if (control !== undefined) return one({ module: moduleOfGroup(control.group), op, params: { key: name } })
  if (callbacks.length > 0 && !callbacks.includes(name)) {
    return refused(unknown('control or callback', name, [...controls.map((known) => known.param_key), ...callbacks]))
  }
  return one({ module: 'cb', op, id: name })
}

const CHECKPOINT_ACTIONS = ['save', 'load', 'drop', 'branch']

function checkpoint([action = 'save', tag, ...more]: readonly string[], { yes }: Options): Drafts {
  if (!CHECKPOINT_ACTIONS.includes(action)) return refused(unknown('action', action, CHECKPOINT_ACTIONS))
  if (more.length > 0) return refused('`checkpoint` takes an action and a tag')
  if (action === 'drop' && tag === undefined) return refused('`checkpoint drop` needs a tag')
  if (yes && action !== 'drop') return refused('`--yes` belongs to `checkpoint drop`')
  const params = { action, ...(tag !== undefined && { tag }), ...(yes && { yes }) }
  return one({ module: 'core', op: 'checkpoint', params })
}

function revert([seq, ...more]: readonly string[], { force }: Options): Drafts {
  if (more.length > 0 || (seq !== undefined && !/^#?\d+$/.test(seq)))
    return refused('`revert` takes the seq of a ledger line')
  const params: Params = {}
  if (seq !== undefined) params['seq'] = Number(seq.replace('#', ''))
  if (force) params['force'] = true
  return one({ module: 'core', op: 'revert', params })
}

function freeze(plain: readonly string[], values: Options): Result<ParsedLine> {
  const word = values.mode ?? plain[0]
  const mode = FREEZE_MODES.find((known) => known === word)
  if (mode === undefined) return refused(unknown('mode', word ?? '', FREEZE_MODES))
  const policy = REPLAY_POLICIES.find((known) => known === values.policy)
  if (values.policy !== undefined && policy === undefined)
    return refused(unknown('policy', values.policy, REPLAY_POLICIES))
  const offset = values['step-offset'] === undefined ? undefined : Number(values['step-offset'])
  if (offset !== undefined && !Number.isSafeInteger(offset)) return refused('`--step-offset` must be a whole number')
  return ok({ kind: 'freeze', freeze: freezeDraft(mode, values, policy, offset) })
}

function freezeDraft(
  mode: FreezeMode,
  { recipe, adjust }: Options,
  policy: FreezeDraft['policy'],
  step_offset: number | undefined,
): FreezeDraft {
  return {
    mode,
    ...(recipe !== undefined && { recipe_path: recipe }),
    ...(adjust !== undefined && { adjust_path: adjust }),
    ...(policy !== undefined && { policy }),
    ...(step_offset !== undefined && { step_offset }),
  }
}

function callback([op = '', id, ...rest]: readonly string[], values: Options): Drafts {
  const ops = ['load', 'unload', 'enable', 'disable', 'set_params']
  if (!ops.includes(op)) return refused(unknown('callback command', op, ops))
  if (id === undefined) return refused(`\`cb ${op}\` needs the id of a callback`)
  if (op === 'set_params') {
    const params = readParams(rest)
    return params.ok ? one({ module: 'cb', op, id, params: params.value }) : params
  }
  if (op !== 'load') return one({ module: 'cb', op, id })
  const { file, path, symbol = 'default', enabled } = values
  if ((file === undefined) === (path === undefined)) return refused('`cb load` needs `--file FILE` or `--path MODULE`')
  const target = { kind: file === undefined ? 'module' : 'file', path: file ?? path ?? '', symbol } as const
  const init = readParams(values.init, false)
  if (!init.ok) return init
  return one({ module: 'cb', op, id, target, init: init.value, ...(enabled !== undefined && { enabled }) })
}

function stream(module: string, [op = '', ...rest]: readonly string[]): Drafts {
  if (op === 'set_params') {
    const params = readParams(rest)
    return params.ok ? one({ module, op, params: params.value }) : params
  }
  if (op !== 'enable' && op !== 'disable')
    return refused(unknown(`${module} command`, op, ['set_params', 'enable', 'disable']))
  const [key] = rest
  return one(key === undefined ? { module, op, id: 'main' } : { module, op, params: { key } })
}

function tune([op = '', ...rest]: readonly string[], { mode }: Options): Drafts {
  if (op === 'enable') return one({ module: 'tune', op, mode: mode ?? 'active' })
  if (op === 'disable') return one({ module: 'tune', op })
  if (op !== 'set') return refused(unknown('tune command', op, ['enable', 'disable', 'set']))
  const params = readParams(rest)
  return params.ok ? one({ module: 'tune', op, params: params.value }) : params
}

function call([op = '', path, ...rest]: readonly string[]): Drafts {
  if (op !== 'call' || path === undefined) return refused('`ctl call PATH` is what there is')
  const args: Json[] = []
  const kwargs: Params = {}
  for (const word of rest) {
    if (/^[A-Za-z_][\w.]*=/.test(word)) {
      const pair = parseAssignment(word)
      if (!pair.ok) return pair
      kwargs[pair.value.key] = pair.value.value
    } else {
      const value = parseValue(word)
      if (!value.ok) return value
      args.push(value.value)
    }
  }
  return one({ module: 'ctl', op, id: path, params: { args, kwargs } })
}

function readParams(words: readonly string[], isNeeded = true): Result<Params> {
  if (isNeeded && words.length === 0) return refused('`key=value` is needed')
  const params: Params = {}
  for (const word of words) {
    const pair = parseAssignment(word)
    if (!pair.ok) return pair
    params[pair.value.key] = pair.value.value
  }
  return ok(params)
}

/** Adds what `--at`, `--expires`, `--expect` and `--note` say to every draft. */
function withExtras(drafts: Drafts, values: Options): Result<ParsedLine> {
  if (!drafts.ok) return drafts
  const { at, event, expires, expect, note } = values
  const steps = [at, expires].filter((step) => step !== undefined)
  if (steps.some((step) => !/^\d+$/.test(step))) return refused('`--at` and `--expires` take a step')
  const expected = readParams(expect, false)
  if (!expected.ok) return expected
  const extras = {
    ...(at !== undefined && { at: { step: Number(at), ...(event !== undefined && { event }) } }),
    ...(expires !== undefined && { expires: { step: Number(expires) } }),
    ...(expect.length > 0 && { expect: expected.value }),
    ...(note !== undefined && { note }),
  }
  return ok({ kind: 'commands', commands: drafts.value.map((draft) => ({ ...draft, ...extras })) })
}

function unknown(what: string, word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  const hint =
    near.length > 0 ? `did you mean \`${near.join('` or `')}\`?` : `there are ${known.slice(0, 8).join(', ')}`
  return word === '' ? `a ${what} is needed: ${known.slice(0, 8).join(', ')}` : `unknown ${what} \`${word}\`: ${hint}`
}
