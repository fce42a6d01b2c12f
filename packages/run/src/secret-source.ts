/** Where a secret is: `env:NAME`, or `file:PATH` of a file that only its owner may read. The secret itself is never here. */
export type SecretSource =
  | { readonly from: 'env'; readonly name: string }
  | { readonly from: 'file'; readonly path: string }
