import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { ROOT } from './tarballs.ts'

const SOURCES = ['packages', 'apps'].flatMap((group) =>
  readdirSync(join(ROOT, group)).flatMap((name) => filesBelow(join(ROOT, group, name, 'src'))),
)

test('no function of the sources is longer than eighty lines, and no file longer than four hundred', () => {
  const long = SOURCES.flatMap((path) => {
    const text = readFileSync(path, 'utf8')
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest)
    const lines = text.split('\n').length
    return [...(lines > 400 ? [`${lines} lines: ${path}`] : []), ...longFunctions(file)]
  })
  expect(SOURCES.length).toBeGreaterThan(500)
  expect(long).toEqual([])
})

function longFunctions(file: ts.SourceFile): string[] {
  const found: string[] = []
  const lineOf = (position: number): number => file.getLineAndCharacterOfPosition(position).line
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) {
      const [first, last] = [lineOf(node.getStart(file)), lineOf(node.end)]
      if (last - first + 1 > 80) found.push(`${file.fileName}:${first + 1}: ${last - first + 1} lines`)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function filesBelow(dir: string): string[] {
  if (!existsSync(dir)) return []
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => /\.tsx?$/.test(name)).map((name) => join(dir, name))
}
