/**
 * The column of a metric in a table that has columns of its own: a metric called `step` is in `metrics.step`.
 *
 * Different metrics have different columns, and the same metric has the same column in every run and at every restart,
 * whatever other metrics there are: `metrics.step` itself is in `metrics.metrics.step`.
 *
 * @param own Names that the table keeps for itself, such as `step` and `epoch`.
 */
export function columnName(metric: string, own: readonly string[]): string {
  const name = metric.replace(LONE_SURROGATE, escaped)
  const bare = name.replace(PREFIXES, '')
  return bare === '' || own.includes(bare) ? `metrics.${name}` : name
}

/** The columns of several metrics, in their order, all different. */
export function columnNames(metrics: readonly string[], own: readonly string[]): string[] {
  const taken = new Set(metrics.map((metric) => columnName(metric, own)))
  const given = new Set<string>()
  return metrics.map((metric) => {
    const name = columnName(metric, own)
    // Only a name that spells out the escape of another one's lone surrogate comes to this.
    let free = name
    for (let number = 2; given.has(free) || (free !== name && taken.has(free)); number++) free = `${name} (${number})`
    given.add(free)
    return free
  })
}

const PREFIXES = /^(?:metrics\.)+/
// Half of a character: UTF-8 has none, and all of them would become the same replacement character.
const LONE_SURROGATE = /\p{Surrogate}/gu

function escaped(half: string): string {
  return `\\u${half.charCodeAt(0).toString(16)}`
}
