/** Which way is better for a metric, judged by its name; undefined when the name does not say. */
export function directionOf(name: string): 'min' | 'max' | undefined {
  const word = name.toLowerCase()
  if (HIGHER.test(word)) return 'max'
  if (LOWER.test(word)) return 'min'
  return undefined
}

/** The metric a run is best judged by, when nobody said: validation before training, loss before the rest. */
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
