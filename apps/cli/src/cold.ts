// The entry of the second file, for what is seldom asked or may take its time. The build fills it: tsup.config.ts.
export {}
