import { expect, test } from 'vitest'
import { readCallbackConfig } from '../src/node/callback-config.ts'

function read(text: string): unknown {
  const result = readCallbackConfig(text)
  return result.ok ? Object.fromEntries(result.value) : result.reason
}

const TARGET = '{kind: file, path: a.mjs, symbol: A}'

test('callbacks are read at the top level or below `cb`, with their defaults', () => {
  const target = { kind: 'file', path: 'a.mjs', symbol: 'A' }
  const whole = { target, init: { x: [1] }, enabled: false, params: { y: null } }
  const text = `callbacks:\n  a:\n    target: ${TARGET}\n    init: {x: [1]}\n    enabled: false\n    params: {y: null}\n  b: {}\n`
  const both = { a: whole, b: { target: null, init: {}, enabled: true, params: {} } }
  expect(read(text)).toEqual(both)
  expect(read(`cb:\n${text.replace(/^/gm, '  ')}`)).toEqual(both)
})

test('a file without callbacks configures none', () => {
  for (const text of ['', '# nothing\n', 'cb: {}', 'callbacks: {}', 'cb: 3', 'other: 1', 'callbacks:']) {
    expect(read(text), text).toEqual({})
  }
})

test('the kinds of target are file, module and python_file', () => {
  for (const kind of ['file', 'module', 'python_file']) {
    expect(read(`callbacks: {a: {target: {kind: ${kind}, path: p, symbol: ''}}}`)).toMatchObject({
      a: { target: { kind } },
    })
  }
})

test.each([
  ['callbacks: {a: [', /^line 1: ./],
  ['[1]', /^a configuration must be a mapping, got \[1\]$/],
  ['callbacks: 3', /^`callbacks` must be a mapping from ids to .*, got 3$/],
  ['cb: {callbacks: [1]}', /^`callbacks` must be a mapping from ids to .*, got \[1\]$/],
  ['callbacks: {a: 1}', /^`callbacks\.a` must be a mapping, got 1$/],
  ['callbacks: {a: {target: a.mjs}}', /^`callbacks\.a\.target` must be \{kind: .*, got "a\.mjs"$/],
  ['callbacks: {a: {target: {kind: files, path: p, symbol: s}}}', /^`callbacks\.a\.target` must be/],
  ['callbacks: {a: {target: {kind: file, path: 1, symbol: s}}}', /^`callbacks\.a\.target` must be/],
  ['callbacks: {a: {target: {kind: file, path: p}}}', /^`callbacks\.a\.target` must be/],
  ['callbacks: {a: {init: 2}}', /^`callbacks\.a\.init` must be a mapping, got 2$/],
  ['callbacks: {a: {enabled: "yes"}}', /^`callbacks\.a\.enabled` must be true or false, got "yes"$/],
  ['callbacks: {a: {params: [x]}}', /^`callbacks\.a\.params` must be a mapping, got \["x"\]$/],
  ['callbacks: {a: {init: {x: [1, .inf]}}}', /^`callbacks\.a\.init\.x.*` must be a finite number$/],
  ['callbacks: {a: {params: {y: .nan}}}', /^`callbacks\.a\.params\.y` must be a finite number$/],
])('the configuration %s is refused as a whole, and the error names the invalid part', (text, reason) => {
  expect(read(text)).toMatch(reason)
})

test('one invalid callback makes the whole configuration invalid', () => {
  expect(read(`callbacks: {good: {target: ${TARGET}}, bad: {enabled: 1}}`)).toContain('`callbacks.bad.enabled`')
})
