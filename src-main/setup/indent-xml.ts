/** XML with a line for each element, for people to read; its text is not touched. */
export function indentXml(xml: string): string {
  let depth = 0
  const lines: string[] = []
  // An element with text stays on its line.
  for (const piece of xml.match(/<\?[^>]*\?>|<([^\s/>]+)[^>]*>[^<]*<\/\1>|<[^>]+>|[^<]+/g) ?? []) {
    if (piece.trim() === '') continue
    if (piece.startsWith('</')) depth--
    lines.push(`${'  '.repeat(Math.max(0, depth))}${piece}`)
    const opens = piece.startsWith('<') && !/^<[?/]/.test(piece) && !/\/>$|<\/[^>]+>$/.test(piece)
    if (opens) depth++
  }
  return lines.join('\n')
}
