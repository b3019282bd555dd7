import { headerLine, longestExclude, mostExcludes } from '../../src-preload/contract/rule-limits.ts'

/** What is wrong with a header as it was typed: it travels as one line of ASCII. Null when it can be sent. */
export function headerLineProblem(typed: string): string | null {
  return headerLine.test(typed)
    ? null
    : 'One line of plain text, with no letters but A to Z and with the short hyphen (-).'
}

/** What is wrong with the patterns of what stays out; null when all of them are kept. */
export function excludeProblem(patterns: readonly string[]): string | null {
  const more = patterns.length - mostExcludes
  if (more > 0)
    return `At most ${mostExcludes} patterns: take out ${more.toLocaleString()}, or write them to a .pailignore in the folder, which takes any number.`
  const long = patterns.find((pattern) => pattern.length > longestExclude)
  return long === undefined
    ? null
    : `A pattern has at most ${longestExclude} characters: ${long.slice(0, 40)}… has more.`
}

/** What is wrong with a limit of removals as it was typed; null when it can be used, or is empty. */
export function maxDeleteProblem(typed: string): string | null {
  const text = typed.trim()
  return text === '' || (/^\d{1,7}$/.test(text) && Number(text) <= 1_000_000)
    ? null
    : 'A whole number from 0 to 1,000,000, without commas or points.'
}
