import type { BucketAccess, Reading } from '../../../src-preload/contract/bucket-access.ts'
import { destinationOption, readPlace } from '../choose-destination.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { plainText } from '../plain-text.ts'
import { parseBucketUrl } from '../s3-url.ts'

/** The options of `pail access`. */
export const accessOptions = destinationOption

/** Checks the arguments of `pail access`. */
export function prepareAccess(given: Given): Run {
  const place = readPlace(given, given.positionals[0], (address) => ({ bucket: parseBucketUrl(address) }))
  return (context) => access(context, place(context).bucket)
}

async function access(context: CommandContext, bucket: string): Promise<ExitCode> {
  const { api, output, profileId } = context
  const report = await ask(context, api.getBucketAccess({ profileId, bucket }))
  for (const line of reportLines(report)) await output.line(plainText(line))
  await output.document(report)
  return exitCode.done
}

const wayWords: Readonly<Record<BucketAccess['public']['way'], string>> = {
  'object-acl': 'by an ACL on each object',
  'prefix-policy': 'by the bucket’s policy, for a prefix or single objects',
  'no-header': 'by sending nothing with the object',
  'provider-switch': 'by a switch of the service, for the bucket as a whole',
  cdn: 'only through a CDN',
  impossible: 'not possible as the bucket is',
}

/** The report as lines of text. */
export function reportLines(report: BucketAccess): string[] {
  const meaning = (word: string, { way, sure, reasons }: BucketAccess['public']) => [
    `${word}: ${wayWords[way]}${sure ? '' : ' (not certain)'}`,
    ...reasons.map((reason) => `  ${reason}`),
  ]
  return [
    ...meaning('Public', report.public),
    ...meaning('Private', report.private),
    ...report.openings.map(
      ({ effect, patterns, sid, conditional, own }) =>
        `${effect === 'allow' ? 'Everybody may read' : 'Nobody unsigned may read'} ${patterns.slice(0, 5).join(', ')}${patterns.length > 5 ? ', …' : ''} (${own ? 'Pail’s statement' : sid === null ? 'a statement without a name' : `statement ${sid}`}${conditional ? ', under conditions' : ''})`,
    ),
    `Object ownership: ${told(report.ownership, (value) => value ?? 'not set, as ObjectWriter')}`,
    `Block Public Access: ${told(report.publicAccessBlock, blockWords)}`,
    `… of the account: ${told(report.accountPublicAccessBlock, blockWords)}`,
    `Policy: ${told(report.policy, (value) => (value === null ? 'none' : `${value.length} characters`))}`,
    `Policy is public: ${told(report.policyIsPublic, (value) => (value === null ? 'there is none' : value ? 'yes' : 'no'))}`,
    `Bucket ACL: ${told(report.acl, (grants) => grants.map(({ grantee, permission }) => `${grantee} ${permission}`).join(', ') || 'empty')}`,
    `Website: ${told(report.website, (value) => (value ? 'on' : 'off'))}`,
    ...(report.domains.state === 'not-offered'
      ? []
      : [
          `Public addresses: ${told(report.domains, (domains) => domains.map(({ domain, enabled }) => `${domain} ${enabled ? 'on' : 'off'}`).join(', ') || 'none')}`,
        ]),
    `CORS: ${told(report.corsOrigins, (origins) => (origins.length === 0 ? 'none' : origins.join(', ')))}`,
  ]
}

function told<T>(reading: Reading<T>, words: (value: T) => string): string {
  if (reading.state === 'read') return words(reading.value)
  return reading.state === 'not-offered'
    ? 'not offered by this service'
    : `unknown (${reading.code}): ${reading.message}`
}

function blockWords(block: Extract<BucketAccess['publicAccessBlock'], { state: 'read' }>['value']): string {
  if (block === null) return 'not set'
  const on = Object.entries(block).flatMap(([name, isOn]) => (isOn ? [name] : []))
  return on.length === 0 ? 'off' : on.length === 4 ? 'on' : on.join(', ')
}
