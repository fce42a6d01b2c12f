import { CB_DESCRIPTOR } from './descriptor/callbacks.ts'
import { findNonFinite, isObject, type JsonObject, show } from './json.ts'
import type { At, CallbackTarget, Command, Expires, SourceCapture } from './op.ts'
import { ok, type Result, refused } from './result.ts'
import { formatLine } from './text.ts'

/**
 * Reads one command, tolerantly: unknown keys are ignored, a missing module is `cb`, a numeric id becomes a string.
 *
 * The reader is hand-written because the kernel may have to read a backlog of a hundred thousand lines between training
 * steps; `CommandSchema` is the valibot equivalent, and a property test checks that both agree.
 *
 * @param value The result of `parseJson` for the line.
 */
export function readCommand(value: unknown): Result<Command> {
  if (!isObject(value)) return refused(`a command must be a JSON object, got ${show(value)}`)
  const problem = wordProblem(value) ?? partProblem(value)
  if (problem !== undefined) return refused(problem)
  const infinite = OBJECTS.map((key) => findNonFinite(value[key])).find((path) => path !== undefined)
  if (infinite !== undefined) return refused(`\`${infinite}\` must be a finite number, got NaN or an infinity`)
  return ok(commandOf(value))
}

/**
 * Formats one line of a command file, ended by `\n`. Absent and null fields are left out; the others are in wire-format
 * order.
 *
 * @throws {RangeError} If the command contains a number that is not finite, or is not valid.
 */
export function formatCommand(command: Partial<Command> & Pick<Command, 'op'>): string {
  const line: Record<string, unknown> = {}
  for (const key of KEYS) if (command[key] !== undefined && command[key] !== null) line[key] = command[key]
  const text = formatLine(line)
  const read = readCommand(line)
  if (!read.ok) throw new RangeError(read.reason)
  return text
}

const KEYS = [
  'cid', 'ts', 'source', 'author', 'module', 'op', 'id', 'params', 'target', 'init', 'enabled', 'mode', 'recipe_path',
  'adjust_path', 'policy', 'step_offset', 'source_capture', 'at', 'expires', 'expect', 'note',
] as const satisfies readonly (keyof Command)[] // biome-ignore format: shows the order of the wire format at a glance

function wordProblem(value: Record<string, unknown>): string | undefined {
  const { op, id } = value
  if (typeof op !== 'string' || op === '') return `\`op\` must be a non-empty string, got ${show(op)}`
  if (!isTextOrNone(id) && !Number.isFinite(id)) return wrong('id', 'text', id)
  for (const key of TEXTS) if (!isTextOrNone(value[key])) return wrong(key, 'text', value[key])
  for (const key of NUMBERS) if (!isFiniteOrNone(value[key])) return wrong(key, 'a finite number', value[key])
  return undefined
}

// An object may have unknown keys, which are written again.
const OBJECTS = ['params', 'init', 'expect', 'target', 'at', 'expires', 'source_capture'] as const

function partProblem(value: Record<string, unknown>): string | undefined {
  const { enabled, params, init, expect, target, at, expires, source_capture } = value
  if (!isObjectOrNone(params)) return wrong('params', 'an object', params)
  if (!isFlagOrNone(enabled)) return wrong('enabled', 'true or false', enabled)
  if (!isObjectOrNone(init)) return wrong('init', 'an object', init)
  if (!isObjectOrNone(expect)) return wrong('expect', 'an object {key: value}', expect)
  if (!isTargetOrNone(target)) return wrong('target', '{kind: file|module|python_file, path, symbol}', target)
  if (!isAtOrNone(at)) return wrong('at', '{step: whole number >= 0, event?: text}', at)
  if (!isExpiresOrNone(expires)) return wrong('expires', '{step: whole number} or {ts: epoch seconds}', expires)
  if (!isCaptureOrNone(source_capture)) return wrong('source_capture', '{sha256, captured_path}', source_capture)
  return undefined
}

function commandOf(value: Record<string, unknown>): Command {
  const { module, id, target, enabled, at, expires, source_capture } = value
  return {
    cid: text(value['cid']),
    ts: number(value['ts']),
    source: text(value['source']),
    author: text(value['author']),
    module: text(module) || CB_DESCRIPTOR.name,
    // Both functions above have checked the fields below.
    op: value['op'] as string,
    id: id === undefined || id === null || id === '' ? 'main' : String(id),
    params: object(value['params']),
    target: (target ?? null) as CallbackTarget | null,
    init: object(value['init']),
    enabled: (enabled ?? null) as boolean | null,
    mode: text(value['mode']),
    recipe_path: text(value['recipe_path']),
    adjust_path: text(value['adjust_path']),
    policy: text(value['policy']),
    step_offset: number(value['step_offset']),
    source_capture: (source_capture ?? null) as SourceCapture | null,
    at: (at ?? null) as At | null,
    expires: (expires ?? null) as Expires | null,
    expect: object(value['expect']),
    note: text(value['note']),
  }
}

const TEXTS = ['module', 'cid', 'source', 'author', 'mode', 'recipe_path', 'adjust_path', 'policy', 'note'] as const
const NUMBERS = ['ts', 'step_offset'] as const
const TARGET_KINDS: readonly unknown[] = ['file', 'module', 'python_file']

function wrong(key: string, right: string, got: unknown): string {
  return `\`${key}\` must be ${right}, got ${show(got)}`
}

function isTextOrNone(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string'
}

function isFiniteOrNone(value: unknown): boolean {
  return value === undefined || value === null || Number.isFinite(value)
}

function isObjectOrNone(value: unknown): boolean {
  return value === undefined || value === null || isObject(value)
}

function isFlagOrNone(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'boolean'
}

function isTargetOrNone(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (!isObject(value)) return false
  const { kind, path, symbol } = value
  return TARGET_KINDS.includes(kind) && typeof path === 'string' && typeof symbol === 'string'
}

function isAtOrNone(value: unknown): boolean {
  if (value === undefined || value === null) return true
  return isObject(value) && isStep(value['step']) && isTextOrNone(value['event'])
}

function isExpiresOrNone(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (!isObject(value)) return false
  const { step, ts } = value
  const hasStep = step !== undefined && step !== null
  const hasTs = ts !== undefined && ts !== null
  return (hasStep || hasTs) && (!hasStep || isStep(step)) && isFiniteOrNone(ts)
}

function isCaptureOrNone(value: unknown): boolean {
  if (value === undefined || value === null) return true
  return isObject(value) && typeof value['sha256'] === 'string' && typeof value['captured_path'] === 'string'
}

function isStep(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

// The output of `JSON.parse` is JSON at every level.
function object(value: unknown): JsonObject | null {
  return (value ?? null) as JsonObject | null
}
