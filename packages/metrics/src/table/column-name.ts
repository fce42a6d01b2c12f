/**
 * Returns the column of a metric in a table that also has its own columns: a metric `step` goes to `metrics.step`.
 *
 * Different metrics have different columns. The column of a metric does not depend on other metrics, so it is the same in
 * every run and after every restart: a metric `metrics.step` goes to `metrics.metrics.step`.
 *
 * @param own The names of the table's own columns, such as `step` and `epoch`.
 */
export function columnName(metric: string, own: readonly string[]): string {
  const name = metric.replace(LONE_SURROGATE, escaped)
  const bare = name.replace(PREFIXES, '')
  return bare === '' || own.includes(bare) ? `metrics.${name}` : name
}

/** Returns the columns of several metrics, in order, all different. */
export function columnNames(metrics: readonly string[], own: readonly string[]): string[] {
  const taken = new Set(metrics.map((metric) => columnName(metric, own)))
  const given = new Set<string>()
  return metrics.map((metric) => {
    const name = columnName(metric, own)
    // This happens only if a name spells out the escaped form of another name's lone surrogate.
    let free = name
    for (let number = 2; given.has(free) || (free !== name && taken.has(free)); number++) free = `${name} (${number})`
    given.add(free)
    return free
  })
}

const PREFIXES = /^(?:metrics\.)+/
// A lone surrogate is half of a character. UTF-8 cannot represent it: all of them would become the same replacement
// character.
const LONE_SURROGATE = /\p{Surrogate}/gu

function escaped(half: string): string {
  return `\\u${half.charCodeAt(0).toString(16)}`
}
