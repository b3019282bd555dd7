/** How many rules a person may have; a sync takes as many, and those that Pail adds. Free of zod: a sync does without it. */
export const mostRules = 100
