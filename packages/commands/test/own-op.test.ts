import { createModuleTable, type ModuleDescriptor } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createCommandTree, readLine } from '../src/index.ts'

const AUGMENT: ModuleDescriptor = {
  name: 'augment',
  summary: '',
  ops: [
    {
      op: 'use',
      summary: '',
      args: [
        {
          name: 'kind',
          help: '',
          kind: 'text',
          into: 'params.kind',
          options: ['flip', 'crop'],
          default: 'flip',
          optional: true,
        },
      ],
      flags: [
        { name: 'mute', help: '', kind: 'switch', into: 'params.mute' },
        {
          name: 'edges',
          help: '',
          kind: 'switch',
          into: 'params.edges',
          default: true,
          onlyWith: { 'params.kind': ['crop'] },
        },
      ],
    },
  ],
}

const sections = createCommandTree(createModuleTable([AUGMENT]))

function params(line: string): unknown {
  const read = readLine(line, sections, { controls: [], modules: undefined, held: [] })
  if (!read.ok) return read.reason
  return read.value.kind === 'commands' ? read.value.drafts.map((draft) => draft.params) : read.value.kind
}

test('a boolean flag of an op is true, or false if it is negated', () => {
  expect(params('augment use --mute')).toEqual([{ mute: true, edges: true, kind: 'flip' }])
  expect(params('augment use --no-mute')).toEqual([{ mute: false, edges: true, kind: 'flip' }])
  expect(params('augment use crop --no-edges')).toEqual([{ edges: false, kind: 'crop' }])
  expect(params('augment use --no-edges')).toBe('`--edges` belongs to `augment use crop`, got "flip"')
  expect(params('augment use')).toEqual([{ edges: true, kind: 'flip' }])
})
