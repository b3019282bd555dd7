import type { Arrival, LinkRecord, SigningKeyUse } from '../../../src-preload/contract/presigned-url.ts'
import { sizeWords, wantedSizeWords } from '../../../src-preload/contract/upload-size.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { counted, plainText } from '../plain-text.ts'
import { formatS3Url, parseBucketUrl, parseObjectUrl } from '../s3-url.ts'
import { UsageError } from '../usage-error.ts'
import { prepareRemoveCopy, sayLeftCopy } from './left-copies.ts'
import { revokeLinks } from './revoke-links.ts'

/** The options of `pail links`. */
export const linksOptions = {
  all: { type: 'boolean', text: 'also links that have ended or were revoked' },
  search: {
    type: 'string',
    value: 'TEXT',
    text: 'only links with this in their key or in whom they are for',
  },
  'new-key': {
    type: 'string',
    value: 'KEY',
    text: 'revoke: the key that the object gets (default: one that nobody can guess)',
  },
  'dry-run': { type: 'boolean', text: 'revoke: say what would end and change nothing' },
  yes: { type: 'boolean', text: 'revoke: without asking' },
} as const

/** Whether something is to be done, for which keys are needed, and not to be listed. */
export function isRevoking({ positionals }: Given): boolean {
  return positionals[0] === 'revoke' || positionals[0] === 'remove-copy'
}

/** Checks the arguments of `pail links`. */
export function prepareLinks(given: Given): Run {
  const [word, object] = given.positionals
  const newKey = given.text('new-key') ?? null
  const how = { newKey, isDryRun: given.flag('dry-run'), yes: given.flag('yes') }
  if (word === 'revoke') {
    if (given.flag('all') || given.text('search') !== undefined)
      throw new UsageError('--all and --search are for the list: pail links revoke names one object.')
    if (object === undefined) throw new UsageError('Say whose links: pail links revoke s3://bucket/key.')
    if (newKey === '') throw new UsageError('--new-key takes the whole key that the object gets.')
    const target = parseObjectUrl(object)
    return (context) => revokeLinks(context, target, how)
  }
  if (word === 'remove-copy') return prepareRemoveCopy(given)
  if (object !== undefined || newKey !== null || how.isDryRun || how.yes)
    throw new UsageError('Only pail links revoke s3://bucket/key takes that.')
  const address = word
  const bucket = address === undefined ? null : parseBucketUrl(address)
  return (context) =>
    listLinks(context, { bucket, search: given.text('search') ?? '', includeEnded: given.flag('all') })
}

async function listLinks(
  context: CommandContext,
  filter: { readonly bucket: string | null; readonly search: string; readonly includeEnded: boolean },
): Promise<ExitCode> {
  const { api, output } = context
  const { links, total, live, signingKeys } = await ask(
    context,
    api.listLinks({ ...filter, signingKeyId: null }),
  )
  const arrivals = await arrivalsOf(context, links)
  const now = Date.now()
  const isLive = (record: LinkRecord) => stateOf(record, now) === 'live'
  for (const [heading, records] of [
    ['Live', links.filter(isLive)],
    ['Ended or revoked', links.filter((record) => !isLive(record))],
  ] as const) {
    if (records.length === 0) continue
    // With --all there are two lists.
    if (filter.includeEnded) output.say(`${heading} (${records.length})`)
    for (const record of records) await output.line(plainText(lineOf(record, now)))
  }
  for (const arrival of arrivals) sayArrival(context, arrival, links)
  const leftCopies = (await ask(context, api.listLeftCopies({}))).filter(
    ({ bucket }) => filter.bucket === null || bucket === filter.bucket,
  )
  await output.document({ links, total, live, signingKeys, arrivals, leftCopies })
  for (const left of leftCopies) sayLeftCopy(context, left)
  if (total === 0) output.say('No links are out there, as far as this computer knows.')
  else if (total > links.length) output.say(`${total - links.length} more are not listed.`)
  for (const use of signingKeys) output.say(dyingWith(use))
  return exitCode.done
}

/** What has come with the links to upload with that are listed; nothing where that cannot be asked. */
async function arrivalsOf(
  { api, profileId }: CommandContext,
  links: readonly LinkRecord[],
): Promise<readonly Arrival[]> {
  const wanted = new Set(links.filter(({ size }) => size !== null).map(({ id }) => id))
  if (wanted.size === 0) return []
  // The list is worth having without keys, too.
  const result = await api.listArrivals({ profileId })
  return result.ok ? result.value.filter(({ linkId }) => wanted.has(linkId)) : []
}

function sayArrival(
  { output }: CommandContext,
  { linkId, sizeBytes, isOtherSize }: Arrival,
  links: readonly LinkRecord[],
): void {
  const record = links.find(({ id }) => id === linkId)
  if (record === undefined || !isOtherSize) return
  const { bucket, key, size } = record
  output.warn(
    `${plainText(formatS3Url({ bucket, key }))} has come with ${sizeWords(sizeBytes)}, where ${wantedSizeWords(size)} was asked for.`,
  )
}

function stateOf({ endsAt, revokedAt }: LinkRecord, now: number): 'live' | 'ended' | 'revoked' {
  if (revokedAt !== null) return 'revoked'
  return endsAt !== null && Date.parse(endsAt) <= now ? 'ended' : 'live'
}

function lineOf(record: LinkRecord, now: number): string {
  const { bucket, key, endsAt, revokedAt, signingKey, note, movedTo, size } = record
  const state = stateOf(record, now)
  const until = (revokedAt ?? endsAt ?? 'does not end').padEnd(24)
  const signer = (signingKey?.hint ?? '-').padEnd(9)
  const forWhom = note === '' ? '' : `  for ${note}`
  const moved = movedTo === null ? '' : `  moved to ${movedTo}`
  const wanted = size === null ? '' : `  ${wantedSizeWords(size)}`
  return `${state.padEnd(7)}  ${until}  ${signer}  ${formatS3Url({ bucket, key })}${wanted}${forWhom}${moved}`
}

/** What ends when a key is rotated: a signature is only as good as the key that made it. */
function dyingWith({ key, live, lastEndsAt }: SigningKeyUse): string {
  const links = `${counted(live, 'live link')} ${live === 1 ? 'was' : 'were'} signed with ${key.hint}`
  return key.isTemporary
    ? `${links}, a temporary key, and ${live === 1 ? 'dies' : 'die'} with it${
        key.endsAt === null ? '; when that is, it does not tell' : ` at ${key.endsAt}`
      }.`
    : `${links} and ${live === 1 ? 'dies' : 'die'} at once when that key is deactivated, else by ${lastEndsAt}.`
}
