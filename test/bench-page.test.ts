import { expect, test } from 'vitest'
// @ts-expect-error A script without types.
import { renewSections } from '../scripts/bench-page.mjs'

const PAGE = `# Benchmarks

What a floor is.

<!-- kernel tables: written by \`pnpm bench\` -->

### Kernel

the kernel's figures

### Sweeps

old figures

### Gone

a group that no longer exists

<!-- end of kernel tables -->

<!-- other tables -->
`
const ORDER = ['Kernel', 'Tuner', 'Sweeps']

test('one group is replaced without changing the others or the text around them', () => {
  const page: string = renewSections(PAGE, [{ title: 'Sweeps', text: 'new figures' }], ORDER)
  expect(page).toBe(
    PAGE.replace('old figures', 'new figures').replace('### Gone\n\na group that no longer exists\n\n', ''),
  )
})

test('a new group is inserted in the order of the page, and a page without results gets them at its end', () => {
  const tuner = { title: 'Tuner', text: 'its figures' }
  const page: string = renewSections(PAGE, [tuner], ORDER)
  expect(page.match(/^### .*/gm)).toEqual(['### Kernel', '### Tuner', '### Sweeps'])
  expect(renewSections('# Benchmarks\n', [tuner], ORDER)).toMatch(
    /^# Benchmarks\n\n<!-- .* -->\n\n### Tuner\n\nits figures\n\n<!-- .* -->\n$/,
  )
})
