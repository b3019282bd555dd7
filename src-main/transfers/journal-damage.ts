import type { JournalRecord, JournalState } from './journal-records.ts'

/** What damage to a journal means to a person. */
export interface JournalDamage {
  /** Lines that could not be read. */
  readonly lines: number
  /** Names of files that are not on the list any more. */
  readonly lost: readonly string[]
  /** Whether something else may be missing that nothing tells the name of. */
  readonly mayLackMore: boolean
}

/** More are counted and not named. */
const mostNames = 5
const longestName = 80

/**
 * Finds out what a journal has lost: `state` is what could be read of it, and `loose` are transfers that were read and
 * whose batch was not.
 */
export function damageOf(
  damaged: readonly string[],
  state: JournalState,
  loose: readonly Extract<JournalRecord, { t: 'add' }>[] = [],
): JournalDamage {
  const lost = new Set(loose.map(({ name }) => name))
  let mayLackMore = false
  for (const line of damaged) {
    const id = textIn(line, 'id')
    // Of one that is still there only progress is forgotten, or its end: it is done again, as far as it has to be.
    if (id !== null && state.entries.has(id)) continue
    // The transfers of a batch tell their names themselves.
    if (line.includes('"t":"batch"')) continue
    const isTransfer = line.includes('"t":"add"') || line.includes('"work":{')
    const name = isTransfer ? (textIn(line, 'name') ?? textIn(line, 'key')) : null
    if (name !== null) lost.add(name)
    else if (isTransfer || id === null) mayLackMore = true
  }
  return { lines: damaged.length, lost: [...lost], mayLackMore }
}

/** A value of a line that is no JSON any more, as far as it can be made out. */
function textIn(line: string, member: string): string | null {
  const found = new RegExp(`"${member}":("(?:[^"\\\\]|\\\\.){1,4096}")`).exec(line)?.[1]
  if (found === undefined) return null
  try {
    const text: unknown = JSON.parse(found)
    return typeof text === 'string' ? text : null
  } catch {
    return null
  }
}

/** What was lost and what to do, for a person. `aside` is the name of the file with what could not be read, once it is. */
export function damageNotice(damage: JournalDamage, aside: string | null): string {
  const { lines, lost, mayLackMore } = damage
  const what = lines === 1 ? 'One line' : `${lines} lines`
  const words = [`${what} of the list of transfers could not be read.`]
  if (lost.length > 0)
    words.push(`No longer on it: ${named(lost)}. Start ${lost.length === 1 ? 'it' : 'them'} again.`)
  if (mayLackMore)
    words.push(
      'A transfer may be missing from it: look whether all has arrived, and start again what has not.',
    )
  if (lost.length === 0 && !mayLackMore)
    words.push('No transfer is missing; some of what had been done is done again.')
  if (aside !== null) words.push(`What could not be read was kept as “${aside}”, beside the list.`)
  return words.join(' ')
}

/** The same of lines that were set aside earlier. */
export function asideNotice(aside: string, damage: JournalDamage): string {
  const about = damage.lost.length === 0 ? '' : ` They were about ${named(damage.lost)}.`
  return `Lines of the list of transfers that could not be read are kept as “${aside}”.${about} Start again what has not arrived, and delete that file.`
}

/** Of the list of a version that is not understood. */
export function newerNotice(aside: string): string {
  return `The list of transfers is a newer Pail’s. It was kept as “${aside}”, and nothing on it goes on here. To go on with it, start the newer Pail once that file has its old name again.`
}

function named(names: readonly string[]): string {
  const shown = names
    .slice(0, mostNames)
    .map((name) => `“${name.length > longestName ? `${name.slice(0, longestName)}…` : name}”`)
  const more = names.length - shown.length
  if (more > 0) return `${shown.join(', ')} and ${more} more`
  const last = shown.pop() ?? ''
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`
}
