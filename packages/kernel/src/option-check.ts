import {
  BUILT_IN_TABLE,
  describeShape,
  isObject,
  type ModuleDescriptor,
  nearest,
  type OptionKeys,
  optionProblem,
  readModuleDescriptor,
  unknownDescriptorField,
} from '@hotcb/protocol'
import { KernelError, type KernelOptions } from './options.ts'

const KERNEL_KEYS: OptionKeys<KernelOptions> = {
  state: true,
  modules: true,
  commands: true,
  ledger: true,
  freeze: true,
  yaml: true,
  documents: true,
  checkpoints: true,
  recipes: true,
  clock: true,
  sleep: true,
  random: true,
  log: true,
  lookMs: true,
  continue: true,
  collective: true,
  runDir: true,
  identity: true,
  paused: true,
  registered: true,
  hostRanks: true,
  lateDocuments: true,
  ledgerLoss: true,
  debounceSteps: true,
}

/**
 * Rejects options of the wrong type before anything is opened. The error describes the first problem in one line.
 *
 * @throws KernelError `bad-option`.
 */
export function checkKernelOptions(options: KernelOptions): void {
  checkKeys('createKernel', options, KERNEL_KEYS)
  checkParts('createKernel', options)
}

/** Rejects options that are not an object, and unknown keys. @throws KernelError `bad-option` */
export function checkKeys(owner: string, options: unknown, keys: Readonly<Record<string, true>>): void {
  const problem = optionProblem(owner, options, keys)
  if (problem !== null) bad(problem)
}

/** Checks the options of both `createKernel` and `openKernel`. @throws KernelError `bad-option` */
export function checkParts(
  owner: string,
  options: Pick<
    KernelOptions,
    'state' | 'modules' | 'continue' | 'lookMs' | 'collective' | 'log' | 'paused' | 'registered' | 'lateDocuments'
  >,
): void {
  const { state, collective, lookMs, log } = options
  checkState(owner, state)
  checkModules(owner, options.modules)
  checkContinue(owner, options.continue)
  checkFlag(owner, 'paused', options.paused)
  checkFlag(owner, 'lateDocuments', options.lateDocuments)
  checkRegistered(owner, state, options.registered)
  if (lookMs !== undefined && !(Number.isFinite(lookMs) && lookMs >= 0)) {
    bad(`\`lookMs\` of \`${owner}\` must be a number of milliseconds >= 0, got ${describeShape(lookMs)}`)
  }
  if (log !== undefined && typeof log !== 'function') {
    bad(`\`log\` of \`${owner}\` must be a function, got ${describeShape(log)}`)
  }
  if (collective !== undefined && !hasFunctions(collective, ['broadcast', 'allGather'])) {
    bad(
      `\`collective\` of \`${owner}\` must have \`broadcast\` and \`allGather\`, like the result of \`openFileCollective(...)\`, got ${describeShape(collective)}`,
    )
  }
}

function checkFlag(owner: string, name: string, given: unknown): void {
  if (given === undefined || typeof given === 'boolean') return
  bad(`\`${name}\` of \`${owner}\` must be true or false, got ${describeShape(given)}`)
}

function checkRegistered(owner: string, state: KernelOptions['state'], given: unknown): void {
  if (given === undefined) return
  if (!isObject(given)) {
    bad(`\`registered\` of \`${owner}\` must be an object that maps keys to values, got ${describeShape(given)}`)
  }
  if (state === undefined) bad(`\`registered\` of \`${owner}\` needs \`state\`: the controls to which it refers`)
}

/** Throws the error for a problem with an option. @throws KernelError `bad-option` */
export function bad(problem: string): never {
  throw new KernelError('bad-option', problem)
}

function checkState(owner: string, state: unknown): void {
  if (state === undefined || hasFunctions(state, ['apply', 'fold', 'tick'])) return
  const hint = Array.isArray(state) ? ': write `state: createMutableState(list)`' : ''
  bad(`\`state\` of \`${owner}\` must be the result of \`createMutableState(...)\`, got ${describeShape(state)}${hint}`)
}

function checkModules(owner: string, modules: unknown): void {
  if (modules === undefined) return
  if (!Array.isArray(modules)) {
    bad(`\`modules\` of \`${owner}\` must be a list such as \`[openCallbacks()]\`, got ${describeShape(modules)}`)
  }
  const names = new Set<string>()
  for (const [i, module] of modules.entries()) {
    const name: unknown = typeof module === 'object' && module !== null ? Reflect.get(module, 'name') : undefined
    if (typeof name !== 'string' || name === '') {
      const hint = typeof module === 'function' ? ': call it' : ''
      bad(`\`modules[${i}]\` of \`${owner}\` must be a module with a \`name\`, got ${describeShape(module)}${hint}`)
    }
    // A command names its module. If two modules had the same name, commands would never reach one of them.
    if (names.has(name)) bad(`two \`modules\` of \`${owner}\` have the name \`${name}\`: names must differ`)
    names.add(name)
    checkDescriptor(`modules[${i}].descriptor`, owner, name, Reflect.get(module, 'descriptor'))
  }
}

function checkDescriptor(path: string, owner: string, name: string, given: unknown): void {
  if (given === undefined) return
  const read = readModuleDescriptor(given)
  if (!read.ok) bad(`\`${path}\` of \`${owner}\` does not describe a module: ${read.reason}`)
  if (read.value.name !== name) {
    bad(`\`${path}\` of \`${owner}\` must describe module \`${name}\`, got \`${read.value.name}\``)
  }
  // The reader has already accepted the descriptor, but the reader ignores unknown fields, so they are checked here.
  const unknown = unknownDescriptorField(path, given as ModuleDescriptor)
  if (unknown !== null) bad(unknown)
  if (BUILT_IN_TABLE.get(name) !== undefined) {
    bad(
      `\`${path}\` of \`${owner}\`: hotcb itself describes the ops of \`${name}\`; leave it out, or give the module a different name`,
    )
  }
}

const CONTINUES: readonly NonNullable<KernelOptions['continue']>[] = ['history', 'cut', 'off']

function checkContinue(owner: string, given: unknown): void {
  if (given === undefined || CONTINUES.some((one) => one === given)) return
  const [near] = typeof given === 'string' ? nearest(given, CONTINUES, 1) : []
  const hint = near === undefined ? '' : `: did you mean \`${near}\`?`
  bad(`\`continue\` of \`${owner}\` must be one of ${CONTINUES.join(', ')}, got ${describeShape(given)}${hint}`)
}

function hasFunctions(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}
