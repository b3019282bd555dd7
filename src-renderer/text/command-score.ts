/**
 * How well a command’s name fits what was typed; 0 when it does not. Every word has to be in it: letters that are only
 * scattered over a longer name (“new” in “Who can read…”) would lead Enter to another command than the one that was named.
 */
export function commandScore(name: string, typed: string): number {
  const text = name.toLowerCase()
  const wanted = typed.trim().toLowerCase()
  if (wanted === '') return 1
  const words = wanted.split(/\s+/)
  if (!words.every((word) => text.includes(word))) return 0
  if (text === wanted) return 5
  if (text.startsWith(wanted)) return 4
  if (text.includes(wanted)) return 3
  const beginnings = text.split(/[^\p{L}\p{N}]+/u)
  return words.every((word) => beginnings.some((each) => each.startsWith(word))) ? 2 : 1
}

/** What fits, the best first, in its groups; the group with the best comes first. Equals stay in their order. */
export function fittingCommands<Group extends { readonly commands: readonly { readonly name: string }[] }>(
  groups: readonly Group[],
  typed: string,
): Group[] {
  const scored = groups.flatMap((group) => {
    const commands = group.commands
      .map((command) => ({ command, score: commandScore(command.name, typed) }))
      .filter(({ score }) => score > 0)
      .toSorted((a, b) => b.score - a.score)
    const [best] = commands
    return best === undefined
      ? []
      : [{ group: { ...group, commands: commands.map(({ command }) => command) }, score: best.score }]
  })
  return scored.toSorted((a, b) => b.score - a.score).map(({ group }) => group)
}
