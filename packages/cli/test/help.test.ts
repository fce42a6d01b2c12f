import { type CommandEntry, isGroup } from '@hotcb/commands'
import { describe, expect, test } from 'vitest'
import { BUILT_IN_WORDS, findTyped, rootOf } from '../src/parse/command-words.ts'
import { loadCommand } from '../src/parse/load-command.ts'
import { hotcb } from './hotcb.ts'

const ROOT = rootOf(BUILT_IN_WORDS)

function leaves(entries: readonly CommandEntry[], above: readonly string[] = []): string[] {
  return entries.flatMap((entry) => {
    const path = [...above, entry.name]
    return isGroup(entry) ? leaves(entry.entries, path) : [path.join(' ')]
  })
}

test('the overview lists every command', async () => {
  const { code, out, err } = await hotcb([])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  for (const entry of ROOT) expect(out).toContain(`  ${entry.name} `)
  expect((await hotcb(['--help'])).out).toBe(out)
  expect((await hotcb(['help'])).out).toBe(out)
})

describe('every command has a help page with valid examples', () => {
  test.each(leaves(ROOT))('%s', async (name) => {
    const { path, leaf } = findTyped(name.split(' '))
    if (leaf === undefined) throw new Error(`there is no \`${name}\``)
    const { examples } = await loadCommand(path, leaf)
    expect(examples.length).toBeGreaterThan(0)
    for (const { type } of examples) {
      const words =
        type
          .match(/hotcb .*/)?.[0]
          .split(' ')
          .slice(1) ?? []
      expect(
        findTyped(words.filter((word) => !/[|>)"]/.test(word)))
          .leaf?.name.split(' ')
          .pop(),
      ).toBe(name.split(' ').pop())
    }
  })
})

test('`--help` works anywhere on the line, even if the rest of it is invalid', async () => {
  const { out } = await hotcb(['set', '--help'])
  expect(out).toContain('Usage  hotcb set KEY=VALUE... [FLAGS]')
  for (const words of [
    ['help', 'set'],
    ['set', 'lr', '--wiat', '-h'],
    ['--help', 'set'],
    ['--dir', 'no/where', 'set', '-h'],
  ]) {
    expect(await hotcb(words)).toEqual({ code: 0, out, err: '' })
  }
  expect((await hotcb(['opt', '--help'])).out).toContain('set_params')
})

test('`version` and `--version` print the version', async () => {
  expect((await hotcb(['--version'])).out).toMatch(/^hotcb \d+\.\d+\.\d+\n$/)
  expect((await hotcb(['status', '-V'])).out).toMatch(/^hotcb \d+\.\d+\.\d+\n$/)
  expect(JSON.parse((await hotcb(['--version', '--json'])).out)).toEqual({
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    node: process.versions.node,
  })
})
