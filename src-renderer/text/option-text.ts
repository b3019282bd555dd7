/** What is wrong with a header as it was typed: it travels as one line of ASCII. Null when it can be sent. */
export function headerLineProblem(typed: string): string | null {
  return /^[\t\u0020-\u007e]*$/.test(typed)
    ? null
    : 'One line of plain text, with no letters but A to Z and with the short hyphen (-).'
}
