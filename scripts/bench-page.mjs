// Replaces sections of docs/benchmarks.md between the two marks. There is one section for each group of benchmarks, with its own heading.
const START = '<!-- kernel tables: written by `pnpm bench` -->'
const END = '<!-- end of kernel tables -->'

/**
 * Returns the page with these sections replaced. Other sections are not changed, so that one group can be measured alone.
 * `order` contains the titles in the order of the page; a section with any other title is removed.
 */
export function renewSections(page, sections, order) {
  const [before = '', rest] = page.split(START)
  const [inside = '', after = '\n'] = rest === undefined ? [] : rest.split(END)
  const known = new Map(
    inside
      .split(/^### /m)
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n')).trim()]),
  )
  for (const { title, text } of sections) known.set(title, text)
  const written = order.filter((title) => known.has(title)).map((title) => `### ${title}\n\n${known.get(title)}\n`)
  return `${rest === undefined ? `${before.trimEnd()}\n\n` : before}${START}\n\n${written.join('\n')}\n${END}${after}`
}
