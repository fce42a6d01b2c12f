import { findNonFinite, isObject, type Json, type JsonObject, show } from './json.ts'
import type { At, CallbackTarget, Command, Expires, SourceCapture } from './op.ts'
import { ok, type Result, refused } from './result.ts'

/**
 * Reads one command, tolerantly: unknown keys are ignored, a missing module is `cb`, a numeric id becomes text.
 *
 * This is written by hand because a backlog of a hundred thousand lines passes through it at one safe point after
 * another; `CommandSchema` says the same in valibot, and a property test holds the two equal.
 *
 * @param value What `parseJson` gave for the line.
 */
export function readCommand(value: unknown): Result<Command> {
  if (!isObject(value)) return refused(`a command must be a JSON object, got ${show(value)}`)
  const { op, module, id, params } = value
  if (typeof op !== 'string' || op === '') return refused(`\`op\` must be text, got ${show(op)}`)
  if (!isTextOrNone(module)) return wrong('module', 'text', module)
  if (!isTextOrNone(id) && typeof id !== 'number') return wrong('id', 'text', id)
  if (!isObjectOrNone(params)) return wrong('params', 'an object', params)
  for (const key of TEXTS) if (!isTextOrNone(value[key])) return wrong(key, 'text', value[key])
  for (const key of NUMBERS) if (!isFiniteOrNone(value[key])) return wrong(key, 'a finite number', value[key])
  const { enabled, init, expect, target, at, expires, source_capture } = value
  if (enabled !== undefined && enabled !== null && typeof enabled !== 'boolean') {
    return wrong('enabled', 'true or false', enabled)
  }
  if (!isObjectOrNone(init)) return wrong('init', 'an object', init)
  if (!isObjectOrNone(expect)) return wrong('expect', 'an object of key: value', expect)
  if (!isTargetOrNone(target)) return wrong('target', '{kind: file|module|python_file, path, symbol}', target)
  if (!isAtOrNone(at)) return wrong('at', '{step: whole number >= 0, event?: text}', at)
  if (!isExpiresOrNone(expires)) return wrong('expires', '{step: whole number} or {ts: epoch seconds}', expires)
  if (!isCaptureOrNone(source_capture)) return wrong('source_capture', '{sha256, captured_path}', source_capture)
  const infinite = findNonFinite(params) ?? findNonFinite(init) ?? findNonFinite(expect)
  if (infinite !== undefined) return refused(`\`${infinite}\` must be a finite number, got NaN or an infinity`)
  return ok({
    cid: text(value['cid']),
    ts: number(value['ts']),
    source: text(value['source']),
    author: text(value['author']),
    module: typeof module === 'string' && module !== '' ? module : 'cb',
    op,
    id: id === undefined || id === null || id === '' ? 'main' : String(id),
    params: object(params),
    target: target ?? null,
    init: object(init),
    enabled: enabled ?? null,
    mode: text(value['mode']),
    recipe_path: text(value['recipe_path']),
    adjust_path: text(value['adjust_path']),
    policy: text(value['policy']),
    step_offset: number(value['step_offset']),
    source_capture: source_capture ?? null,
    at: at ?? null,
    expires: expires ?? null,
    expect: object(expect),
    note: text(value['note']),
  })
}

const TEXTS = ['cid', 'source', 'author', 'mode', 'recipe_path', 'adjust_path', 'policy', 'note'] as const
const NUMBERS = ['ts', 'step_offset'] as const
const TARGET_KINDS: readonly unknown[] = ['file', 'module', 'python_file']

function wrong(key: string, right: string, got: unknown): { readonly ok: false; readonly reason: string } {
  return refused(`\`${key}\` must be ${right}, got ${show(got)}`)
}

function isTextOrNone(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || typeof value === 'string'
}

function isFiniteOrNone(value: unknown): value is number | null | undefined {
  return value === undefined || value === null || Number.isFinite(value)
}

function isObjectOrNone(value: unknown): value is Record<string, unknown> | null | undefined {
  return value === undefined || value === null || isObject(value)
}

function isTargetOrNone(value: unknown): value is CallbackTarget | null | undefined {
  if (value === undefined || value === null) return true
  if (!isObject(value)) return false
  const { kind, path, symbol } = value
  return TARGET_KINDS.includes(kind) && typeof path === 'string' && typeof symbol === 'string'
}

function isAtOrNone(value: unknown): value is At | null | undefined {
  if (value === undefined || value === null) return true
  return isObject(value) && isStep(value['step']) && isTextOrNone(value['event'])
}

function isExpiresOrNone(value: unknown): value is Expires | null | undefined {
  if (value === undefined || value === null) return true
  if (!isObject(value)) return false
  const { step, ts } = value
  const hasStep = step !== undefined && step !== null
  const hasTs = ts !== undefined && ts !== null
  return (hasStep || hasTs) && (!hasStep || isStep(step)) && isFiniteOrNone(ts)
}

function isCaptureOrNone(value: unknown): value is SourceCapture | null | undefined {
  if (value === undefined || value === null) return true
  return isObject(value) && typeof value['sha256'] === 'string' && typeof value['captured_path'] === 'string'
}

function isStep(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

// What came out of `JSON.parse` is JSON all the way down.
function object(value: Record<string, unknown> | null | undefined): JsonObject | null {
  return (value ?? null) as Readonly<Record<string, Json>> | null
}
