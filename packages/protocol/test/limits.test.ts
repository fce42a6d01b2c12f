import * as v from 'valibot'
import { describe, expect, test, vi } from 'vitest'
import {
  type ControlDescription,
  checkParams,
  checkValue,
  controlsByKey,
  type JsonObject,
  nonFiniteProblems,
  parseValue,
  routeParams,
  spreadValue,
} from '../src/index.ts'
import { orEnd, ringBell, warn, writeBlock, writeJson, writeLine } from '../src/node.ts'
import { readBySchema, schemaIssues } from '../src/schemas/read.ts'
import { parseYaml } from '../src/yaml.ts'

const written: { fd: number; text: string }[] = []
let fault: string | null = null
let most = Number.POSITIVE_INFINITY
vi.mock('node:fs', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  writeSync: (fd: number, text: string | Uint8Array) => {
    if (fault !== null) {
      const code = fault
      if (code === 'EAGAIN') fault = null
      throw Object.assign(new Error(code), { code })
    }
    const bytes = Buffer.from(text).subarray(0, most)
    written.push({ fd, text: bytes.toString() })
    return bytes.length
  },
}))

describe('output to a terminal', () => {
  const output = (write: () => void) => {
    written.length = 0
    write()
    return [written.map(({ text }) => text).join(''), [...new Set(written.map(({ fd }) => fd))]]
  }

  test('is one line, a block as it is, or JSON on one line', () => {
    expect(output(() => writeLine(1, 'a\nb'))).toEqual(['a b\n', [1]])
    expect(output(() => writeBlock(1, 'a\nb\n'))).toEqual(['a\nb\n', [1]])
    expect(output(() => writeJson(2, { a: '\u001B' }))).toEqual(['{"a":"\\u001b"}\n', [2]])
    expect(output(() => warn('careful'))).toEqual(['careful\n', [2]])
    expect(output(ringBell)).toEqual(['\u0007', [2]])
  })

  test('is complete if the system accepts a few bytes at a time, or none for a moment', () => {
    most = 3
    fault = 'EAGAIN'
    expect(output(() => writeLine(1, 'é€ and more'))[1]).toEqual([1])
    most = Number.POSITIVE_INFINITY
    const bytes = written.length
    expect(bytes).toBe(Math.ceil(Buffer.byteLength('é€ and more\n') / 3))
  })

  test('throws the error of the system, but a warning that cannot be written is dropped', () => {
    fault = 'ENOSPC'
    try {
      expect(() => writeLine(1, 'a')).toThrow('ENOSPC')
      expect(() => orEnd(() => writeLine(1, 'a'))).toThrow('ENOSPC')
      expect([warn('a'), ringBell()]).toEqual([undefined, undefined])
    } finally {
      fault = null
    }
  })

  test('ends the program once the reader has closed the pipe', () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
      throw new Error('ended')
    })
    fault = 'EPIPE'
    try {
      expect(() => orEnd(() => writeLine(1, 'a'))).toThrow('ended')
      expect(exit).toHaveBeenCalledWith(0)
    } finally {
      fault = null
      exit.mockRestore()
    }
  })
})

test('the first eight numbers that are not finite are reported, with their paths', () => {
  const values = Array.from({ length: 10 }, (_, i) => (i === 3 ? Number.NEGATIVE_INFINITY : Number.NaN))
  const problems = nonFiniteProblems({ ok: 1, values }, 'params')
  expect(problems).toHaveLength(8)
  expect(problems[0]).toBe('`params.values.0` must be a finite number, got NaN')
  expect(problems[3]).toBe('`params.values.3` must be a finite number, got an infinity')
  expect(nonFiniteProblems([1, { a: 'NaN' }])).toEqual([])
})

test('a YAML text of 16 Mi characters is read, and one more is too many', () => {
  const longest = `#${' '.repeat(16 * 1024 ** 2 - 1)}`
  expect(parseYaml(longest)).toEqual({ ok: true, value: null })
  expect(parseYaml(`${longest} `)).toEqual({
    ok: false,
    reason: 'the text is too long: 16777217 characters; the limit is 16 Mi',
    line: null,
  })
})

test('a typed value may be nested only so deep that its command stays within the limit', () => {
  const nested = (levels: number) => {
    const read = parseValue(`${'['.repeat(levels)}${']'.repeat(levels)}`)
    return read.ok ? 'read' : read.reason
  }
  expect(nested(96)).toBe('read')
  for (const levels of [97, 101, 5000]) {
    expect(nested(levels)).toMatch(/^expected JSON, got "\[+… \(arrays and objects are nested more than 100 deep\)$/)
  }
})

describe('a document that a schema reads', () => {
  const schema = v.object({ list: v.array(v.number('expected a number')), name: v.string('expected text') })

  test('is refused with the first wrong field', () => {
    expect(readBySchema(schema, { list: [], name: 'x' })).toEqual({ ok: true, value: { list: [], name: 'x' } })
    expect(readBySchema(schema, { list: [1, 'x'], name: 3 })).toEqual({
      ok: false,
      reason: '`list.1`: expected a number',
    })
    expect(readBySchema(v.string('expected text'), 3)).toEqual({ ok: false, reason: 'expected text' })
  })

  test('has at most twenty problems, each of at most 300 characters', () => {
    const { issues = [] } = v.safeParse(schema, { list: Array(30).fill('x'), name: 'x' })
    expect(schemaIssues(issues)).toHaveLength(20)
    expect(schemaIssues(issues)[19]).toEqual({ path: 'list.19', message: 'expected a number' })
    const long = v.safeParse(v.string('x'.repeat(1000)), 3)
    expect(schemaIssues(long.issues ?? [])).toEqual([{ path: '', message: 'x'.repeat(300) }])
  })
})

describe('the module of a key', () => {
  const described = new Map([
    ['width', 'augment'],
    ['kl', 'loss'],
    ['momentum', 'augment'],
  ])
  const route = (params: JsonObject, controls: ReadonlyMap<string, string> = described) => {
    const routed = routeParams(params, controls)
    return routed.ok ? Object.fromEntries(routed.value) : routed.reason
  }

  test.each<[string, string]>([
    ['lr', 'opt'],
    ['momentum', 'opt'],
    ['scheduler_drop', 'opt'],
    ['group', 'opt'],
    ['groups', 'opt'],
    ['width', 'augment'],
    ['kl', 'loss'],
    ['ramps.width', 'augment'],
    ['ramps.lr', 'opt'],
    ['ramps.unknown', 'loss'],
    ['recon_w', 'loss'],
    ['terms.recon', 'loss'],
  ])('%s is %s', (key, module) => {
    expect(route({ [key]: 1 })).toEqual({ [module]: { [key]: 1 } })
  })

  test('splits a mixed set by module, in order, and accepts any key', () => {
    expect(route({ lr: 1, width: 2, momentum: 3, kl: 4 })).toEqual({
      opt: { lr: 1, momentum: 3 },
      augment: { width: 2 },
      loss: { kl: 4 },
    })
    expect(route(JSON.parse('{"__proto__": 1}'))).toMatch('unknown key `__proto__`')
    const own = routeParams(JSON.parse('{"__proto__": 1}'), new Map([['__proto__', 'augment']]))
    expect(own.ok && Object.keys(own.value.get('augment') ?? {})).toEqual(['__proto__'])
  })

  test('is unknown for other words, with the nearest ones or the known ones', () => {
    expect(route({ widht: 1 })).toBe('unknown key `widht`: did you mean `width`?')
    expect(route({ zzzzzzz: 1 }, new Map())).toBe(
      'unknown key `zzzzzzz`: choose from lr, weight_decay, betas, momentum, clip_norm, scheduler_scale, scheduler_drop',
    )
    const many = new Map(Array.from({ length: 9 }, (_, i) => [`aaaa${i}`, 'loss']))
    expect(route({ zzzzzzz: 1 }, many)).toMatch(/clip_norm|, …$/)
  })
})

const control = (fields: Partial<ControlDescription>): ControlDescription => ({
  param_key: 'lr',
  type: 'log_float',
  label: 'lr',
  group: 'optimizer',
  min: 1e-7,
  max: 1,
  step: null,
  log_base: 10,
  choices: null,
  current: 0.1,
  state: 'untouched',
  ...fields,
})

test('a value is spread over the parameter groups, and recorded as it was given', () => {
  const single = control({ type: 'float', min: 0 })
  expect(spreadValue(single, '0.5')).toEqual({ ok: true, value: { values: [0.5], recorded: 0.5 } })
  const groups = [
    { name: 'a', value: 0.1 },
    { name: 'b', value: 0.2, ratio: 2 },
  ]
  const two = control({ groups })
  expect(spreadValue(two, 0.1)).toEqual({ ok: true, value: { values: [0.1, 0.2], recorded: 0.1 } })
  expect(spreadValue(two, [0.1, 0.3])).toEqual({ ok: true, value: { values: [0.1, 0.3], recorded: [0.1, 0.3] } })
  expect(spreadValue(two, [0.1], { groups: [1] })).toEqual({ ok: true, value: { values: [0.1], recorded: 0.1 } })
  expect(checkValue(two, [0.1])).toEqual({ ok: false, reason: '`lr` must be one number or 2 of them, got [0.1]' })
  expect(checkValue(two, 0.9, { field: 'params.lr' })).toMatchObject({ ok: false })
})

describe('params that set nothing', () => {
  const controls = controlsByKey([control({}), control({ param_key: 'kl', type: 'float', group: 'loss', min: 0 })])
  const problem = (params: JsonObject, place: Parameters<typeof checkParams>[2] = {}) =>
    checkParams(params, controls, place)

  test('are a problem, with their key if they have one', () => {
    expect(problem({})).toEqual({ key: null, reason: 'nothing to set: `params` needs at least one key' })
    expect(problem({ group: 'a' })).toEqual({ key: 'group', reason: '`group` sets nothing on its own' })
    expect(problem({ group: 'a' }, { prefix: 'params.' })?.reason).toBe('`params.group` sets nothing on its own')
    expect(problem({ lr: null })).toEqual({ key: 'lr', reason: '`lr` must be a number, got null' })
    expect(problem({ none: null })?.reason).toContain('`none` is not a control of this run')
  })

  test('are left to the kernel only if they have no description', () => {
    expect(problem({ none: null }, { lenient: true })).toBeNull()
    expect(problem({ lr: null }, { lenient: true })).toEqual({ key: 'lr', reason: '`lr` must be a number, got null' })
    expect(problem({ none: 1 }, { lenient: true })).toBeNull()
  })
})
