/** The version of this package, which a client compares with its own. */
export const VERSION = '0.1.0'
