// The format in which `changeset version` writes a changelog (`changelog` in .changeset/config.json): the summary line of each
// changeset in bold, its text below, and one line with the dependencies that were updated. The default format of changesets
// repeats a commit hash for every changeset.

/** The text of one changeset as an item of a list. A changeset that is one paragraph has no summary line. */
export function getReleaseLine({ summary }) {
  const [headline = '', ...lines] = summary.split('\n').map((line) => line.trimEnd())
  const first = lines[0] === '' ? `**${headline}**` : headline
  return [`- ${first}`, ...lines.map((line) => (line === '' ? '' : `  ${line}`))].join('\n')
}

/** One item that names the packages of this workspace whose new versions are required, or an empty text. */
export function getDependencyReleaseLine(_changesets, dependencies) {
  if (dependencies.length === 0) return ''
  return `- Updated dependencies: ${dependencies.map(({ name, newVersion }) => `${name} ${newVersion}`).join(', ')}.`
}
