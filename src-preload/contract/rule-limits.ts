/** How many rules a person may have; a sync takes as many, and those that Pail adds. Free of zod: a sync does without it. */
export const mostRules = 100

/** So many patterns of what stays out a sync takes, and so long each of them is. */
export const mostExcludes = 100
export const longestExclude = 512

/** What a header can carry: one line of ASCII. */
export const headerLine = /^[\t\u0020-\u007e]*$/
