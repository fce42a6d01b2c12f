import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { bundle } from './bundle.ts'
import { chromium } from './chromium.ts'
import recorded from './fixtures/golden.json' with { type: 'json' }

test('Chromium produces the same trials', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'hyperopt-ts-chromium-'))
  try {
    const script = await bundle(
      `import { golden } from '@fixtures/golden.ts'\ndocument.title = encodeURIComponent(JSON.stringify(golden()))`,
      { minify: true },
    )
    const page = join(directory, 'page.html')
    writeFileSync(
      page,
      `<!doctype html><meta charset="utf-8"><script type="module">${script.replaceAll('</script', '<\\/script')}</script>`,
    )
    const options = ['--headless=new', '--no-sandbox', '--disable-gpu', `--user-data-dir=${directory}/profile`]
    const dom = execFileSync(chromium(), [...options, '--virtual-time-budget=20000', '--dump-dom', `file://${page}`], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const title = /<title>([^<]*)<\/title>/.exec(dom)?.[1] ?? 'null'
    expect(JSON.parse(decodeURIComponent(title))).toEqual(recorded)
  } finally {
    removeDirectory(directory)
  }
})
