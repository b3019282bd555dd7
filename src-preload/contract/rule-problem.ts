import type { HeaderRule } from './header-rule.ts'

/**
 * What is wrong with a rule that is typed or read from a file although it could be kept, and where; null for nothing. Free of
 * zod, for the window.
 */
export function ruleProblem(rule: HeaderRule): { field: 'glob' | null; message: string } | null {
  if (hasOpenBracket(rule.glob))
    return { field: 'glob', message: 'has a [ without its ]; write \\[ for the bracket itself' }
  const { glob: _1, fingerprinted: _2, ...gets } = rule
  return Object.values(gets).every((value) => value === undefined)
    ? { field: null, message: 'The rule does not say what its files get, so it would have no effect' }
    : null
}

/** Whether a pattern has a class that does not end; it would be matched as a bracket, which nobody means. */
function hasOpenBracket(glob: string): boolean {
  return glob.split('/').some((name) => {
    for (let at = 0; at < name.length; at++) {
      if (name[at] === '\\') at++
      else if (name[at] === '[') {
        const end = endOfClass(name, at)
        if (end < 0) return true
        at = end
      }
    }
    return false
  })
}

/** Where the class that begins at `start` has its `]`; -1 for nowhere. */
function endOfClass(name: string, start: number): number {
  let at = start + 1
  if (name[at] === '!' || name[at] === '^') at++
  // The first of its characters may be a bracket itself.
  for (const first = at; at < name.length; at++) {
    if (name[at] === ']' && at > first) return at
    if (name[at] === '\\') at++
  }
  return -1
}
