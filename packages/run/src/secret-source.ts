/**
 * The place of a secret: `env:NAME`, or `file:PATH` for a file that only its owner may read. It never contains the
 * secret itself.
 */
export type SecretSource =
  | { readonly from: 'env'; readonly name: string }
  | { readonly from: 'file'; readonly path: string }
