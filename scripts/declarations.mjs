// One `.d.ts` for each source file, from that file alone (isolatedDeclarations). The whole workspace is type-checked
// apart, by `tsc` at the root.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'

/**
 * Writes the declarations of every `.ts` file below `from` to the same place below `to`.
 *
 * @param skip Folders below `from` that nobody imports, such as the sources of a web page.
 */
export function writeDeclarations(from, to, skip = []) {
  for (const file of sources(from)) {
    if (skip.some((folder) => relative(from, file).startsWith(`${folder}/`))) continue
    const { outputText, diagnostics } = ts.transpileDeclaration(readFileSync(file, 'utf8'), {
      fileName: file,
      reportDiagnostics: true,
      compilerOptions: { isolatedDeclarations: true, declaration: true, target: ts.ScriptTarget.ES2022 },
    })
    for (const { messageText } of diagnostics ?? []) {
      throw new Error(`${file}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
    }
    const target = join(to, relative(from, file)).replace(/\.tsx?$/, '.d.ts')
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, withJsExtensions(outputText))
  }
}

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
}

// What is published holds no `.ts` beside its declarations, so relative imports must name the `.js`.
function withJsExtensions(text) {
  return text.replace(/(from\s+|import\(\s*)(['"])(\.{1,2}\/[^'"]+)\.tsx?\2/g, '$1$2$3.js$2')
}
