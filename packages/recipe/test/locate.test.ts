import { describe, expect, test } from 'vitest'
import { withFileAndLine } from '../src/index.ts'
import { locate } from '../src/locate.ts'

describe('the line of a path in JSON', () => {
  const text = [
    '{', // 1
    '  "version": 1, "patches": [', // 2
    '    {', // 3
    '      "match": {"module": "opt", "a,b": [1,', // 4
    '        2, {"deep": {}}]},', // 5
    '      "drop": true', // 6
    '    },', // 7
    '    [], {"match": {}},', // 8
    '    "text"', // 9
    '  ],', // 10
    '  "last": null', // 11
    '}',
  ].join('\n')

  test.each([
    ['version', 2],
    ['patches', 2],
    ['patches.0', 3],
    ['patches.0.match', 4],
    ['patches.0.match.module', 4],
    ['patches.0.match.a,b', 4],
    ['patches.0.match.a,b.0', 4],
    ['patches.0.match.a,b.1', 5],
    ['patches.0.match.a,b.2.deep', 5],
    ['patches.0.drop', 6],
    ['patches.1', 8],
    ['patches.2.match', 8],
    ['patches.3', 9],
    ['last', 11],
    ['last.none.of.these', 11],
    ['patches.0.none', 3],
    ['patches.9', 2],
    ['none', null],
    ['', null],
  ])('of `%s` is %j', (path, line) => {
    expect(locate(text, path)).toBe(line)
  })

  test('is found after blank lines, and each path has its first position', () => {
    expect(locate('\n\n  {"a": 1,\n"a": 2}', 'a')).toBe(3)
  })
})

describe('the line of a path in YAML', () => {
  const text = [
    'version: 1', // 1
    '', // 2
    '# patches: no', // 3
    'patches:', // 4
    '- match:', // 5
    '    module: opt   # comment: no', // 6
    '', // 7
    '  # drop: no', // 8
    '  drop: true', // 9
    '-   "quoted key": 1', // 10
    "    'other key': 2", // 11
    '- - a: 1', // 12
    '    b: 2', // 13
    '  - c', // 14
    '-', // 15
    '  late: 1', // 16
    'after: [1, 2]', // 17
    'url: http://x', // 18
    'no key here', // 19
    'a#b: 1', // 20
    '-not: item', // 21
  ].join('\n')

  test.each([
    ['version', 1],
    ['patches', 4],
    ['patches.0', 5],
    ['patches.0.match', 5],
    ['patches.0.match.module', 6],
    ['patches.0.drop', 9],
    ['patches.1', 10],
    ['patches.1.quoted key', 10],
    ['patches.1.other key', 11],
    ['patches.2', 12],
    ['patches.2.0', 12],
    ['patches.2.0.a', 12],
    ['patches.2.0.b', 13],
    ['patches.2.1', 14],
    ['patches.3', 15],
    ['patches.3.late', 16],
    ['after', 17],
    ['after.1', 17],
    ['url', 18],
    ['url.http', 18],
    ['no key here', null],
    ['a', null],
    ['-not', 21],
    ['patches.4', 4],
  ])('of `%s` is %j', (path, line) => {
    expect(locate(text, path)).toBe(line)
  })

  test('of a list that is indented below its key is found, and a comment never closes a block', () => {
    const indented = 'patches:\n    - match: {}\n# between\n      drop: true\nend: 1\n'
    expect(['patches.0.match', 'patches.0.drop', 'end'].map((path) => locate(indented, path))).toEqual([2, 4, 5])
  })
})

test('a reason that does not begin with a path gets only the file', () => {
  expect(withFileAndLine('`a.b` is wrong', 'x.yaml', 'a:\n  b: 1\n')).toBe('x.yaml:2: `a.b` is wrong')
  expect(withFileAndLine('wrong: `a`', 'x.yaml', 'a: 1\n')).toBe('x.yaml: wrong: `a`')
  expect(withFileAndLine('`z` is\nwrong', 'x.yaml', 'a: 1\n')).not.toContain('\n')
})
