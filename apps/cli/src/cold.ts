// The entry of the second file, for rare or slow commands. The build fills it: tsup.config.ts.
export {}
