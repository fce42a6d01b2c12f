/** The direction of improvement: `min` if smaller is better, `max` if larger is better. */
export type Direction = 'min' | 'max'

/** Derives the direction of improvement from the name of a metric; undefined if the name does not imply one. */
export function directionOf(name: string): Direction | undefined {
  const word = name.toLowerCase()
  if (HIGHER.test(word)) return 'max'
  if (LOWER.test(word)) return 'min'
  return undefined
}

/** Whether a change of `difference` in a metric is an improvement. A change of 0 is not. */
export function isBetter(direction: Direction, difference: number): boolean {
  return direction === 'min' ? difference < 0 : difference > 0
}

/**
 * Chooses the metric by which to judge a run if none was specified: a validation loss, then any loss, then any metric whose name implies a
 * direction, then the first metric. System metrics (`sys/`, `time/`) are never chosen.
 *
 * @returns undefined if there is no metric to choose.
 */
export function guessKeyMetric(names: Iterable<string>): string | undefined {
  const known = [...names].filter((name) => !/^(sys|time)\//.test(name))
  for (const wanted of PREFERRED) if (known.includes(wanted)) return wanted
  return (
    known.find((name) => /(^|[/_.-])val.*loss/i.test(name)) ??
    known.find((name) => /loss/i.test(name)) ??
    known.find((name) => directionOf(name) !== undefined) ??
    known[0]
  )
}

const LOWER =
  /(loss|error|err$|perplexity|ppl|nll|bpc|bpb|mse|mae|rmse|wer|cer|fid|divergence|regret|distance|(^|[/_.])kl($|[/_.])|time|seconds|latency|nan|skipped|overflow)/
const HIGHER =
  /(acc($|[/_.@])|accuracy|(^|[/_.@])(f1|auc|auroc|ap|map|r2|bleu|rouge|ndcg|mrr|iou|miou|psnr|ssim|em)($|[/_.@\d])|reward|return|score|precision|recall|success|win_?rate|dice|throughput|per_second|hit_?rate|likelihood)/
const PREFERRED = ['val_loss', 'val/loss', 'eval_loss', 'eval/loss', 'test_loss', 'loss', 'train_loss', 'train/loss']
