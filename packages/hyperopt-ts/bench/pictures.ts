import type { Figures } from './report.ts'

const COLORS: Readonly<Record<string, string>> = {
  random: '#999999',
  halton: '#56b4e9',
  hyperopt: '#009e73',
  optuna: '#d55e00',
  'hyperopt-ts': '#0072b2',
}

/** A dot for each problem and rival: how often our value after the last checkpoint is the larger one. */
export function qualityPicture({ problems }: Figures): string {
  const [left, width, row, top] = [150, 460, 24, 56]
  const height = top + problems.length * row + 40
  const x = (share: number): number => left + share * width
  const rivals = ['random', 'halton', 'hyperopt', 'optuna']
  const lines = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<line x1="${x(share)}" x2="${x(share)}" y1="${top - 8}" y2="${height - 32}" stroke="#ccc" stroke-width="${share === 0.5 ? 2 : 1}"/>${text(x(share), height - 16, share.toFixed(2), 'middle')}`,
  )
  const legend = rivals.map(
    (name, i) =>
      `<circle cx="${left + i * 110}" cy="20" r="5" fill="${COLORS[name]}"/>${text(left + 10 + i * 110, 24, `against ${name}`)}`,
  )
  const dots = problems.map(({ name, rivals: all }, i) => {
    const y = top + i * row + 8
    const marks = rivals.flatMap((rival) => {
      const share = all.find((one) => one.name === rival)?.larger.at(-1)
      return share === undefined
        ? []
        : [`<circle cx="${x(share).toFixed(1)}" cy="${y}" r="5" fill="${COLORS[rival]}" fill-opacity="0.8"/>`]
    })
    return text(left - 12, y + 4, name, 'end') + marks.join('')
  })
  return svg(left + width + 40, height, 'Share of pairs in which ours is worse after 200 evaluations', [
    ...lines,
    ...legend,
    ...dots,
  ])
}

/** CPU seconds of the same study by each library, on a logarithmic scale. */
export function speedPicture({ speed, peers }: Figures): string {
  const bars = [
    ...speed
      .filter(({ trials }) => trials === peers.trials)
      .map(({ cpuSeconds }) => ['hyperopt-ts', cpuSeconds] as const),
    ...Object.entries(peers.cpu_s),
  ]
  const [left, width] = [110, 400]
  const length = (value: number): number => Math.max(2, (width * Math.log10(value / 0.1)) / 3)
  const rows = bars.map(([name, value], i) => {
    const y = 16 + i * 34
    return `${text(left - 10, y + 16, name, 'end')}<rect x="${left}" y="${y}" width="${length(value).toFixed(1)}" height="22" fill="${COLORS[name] ?? '#999'}"/>${text(left + length(value) + 8, y + 16, `${value.toPrecision(2)} s`)}`
  })
  return svg(left + width + 80, 16 + bars.length * 34, `CPU seconds of ${peers.trials} trials, logarithmic`, rows)
}

function text(x: number, y: number, words: string, anchor = 'start'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`
}

function svg(width: number, height: number, title: string, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">
<title>${title}</title>
<rect width="100%" height="100%" fill="#fff"/>
${parts.join('\n')}
</svg>
`
}
