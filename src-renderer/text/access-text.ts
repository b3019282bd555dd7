import type { BucketSwitch } from '../../src-preload/contract/bucket-switch.ts'
import type { VisibilityChange, VisibilityPlan } from '../../src-preload/contract/visibility-plan.ts'
import type { BucketAccess, Reading, VisibilityWay } from '../../src-preload/contract/bucket-access.ts'
import { formatCount } from './format.ts'
import { lastSegment, visibleName } from './visible-name.ts'

/** How public or private is had in a bucket; the same words everywhere. */
export const wayWords: { readonly [Way in VisibilityWay]: string } = {
  'object-acl': 'By an ACL on each object',
  'prefix-policy': 'By the bucket’s policy, for a prefix or single objects',
  'no-header': 'By sending nothing with the object',
  'provider-switch': 'By a switch of the service, for the whole bucket',
  cdn: 'Only through a CDN',
  impossible: 'Not possible as the bucket is',
}

/** One setting of a bucket: its name, and what was read. */
export interface AccessLine {
  readonly name: string
  readonly value: string
  readonly isKnown: boolean
}

/** Every setting as it was read. What could not be read is said to be unknown, with the reason. */
export function accessLines(access: BucketAccess): AccessLine[] {
  const line = <T>(name: string, reading: Reading<T>, words: (value: T) => string): AccessLine => ({
    name,
    value:
      reading.state === 'read'
        ? words(reading.value)
        : reading.state === 'not-offered'
          ? 'Not offered by this service'
          : `Unknown: ${reading.message}`,
    isKnown: reading.state !== 'unknown',
  })
  const block = (value: Extract<BucketAccess['publicAccessBlock'], { state: 'read' }>['value']) => {
    if (value === null) return 'Not set'
    const on = Object.entries(value).flatMap(([name, isOn]) => (isOn ? [name] : []))
    return on.length === 0 ? 'Off' : on.length === 4 ? 'On' : `On for ${on.join(', ')}`
  }
  return [
    line('Object ownership', access.ownership, (value) => value ?? 'Not set: ACLs count'),
    line('Block Public Access', access.publicAccessBlock, block),
    line('… of the account', access.accountPublicAccessBlock, block),
    line('Policy', access.policy, (value) => (value === null ? 'None' : 'There is one')),
    line('S3 calls it public', access.policyIsPublic, (value) =>
      value === null ? 'There is none' : value ? 'Yes' : 'No',
    ),
    line(
      'Bucket ACL',
      access.acl,
      (grants) => grants.map(({ grantee, permission }) => `${grantee} ${permission}`).join(', ') || 'Empty',
    ),
    line('Website', access.website, (value) => (value ? 'On' : 'Off')),
    line('CORS', access.corsOrigins, (origins) => origins.join(', ') || 'None'),
    ...(access.domains.state === 'not-offered'
      ? []
      : [
          line(
            'Public addresses',
            access.domains,
            (domains) =>
              domains.map(({ domain, enabled }) => `${domain}: ${enabled ? 'on' : 'off'}`).join(', ') ||
              'None',
          ),
        ]),
  ]
}

/** What a plan of visibility does, in a title. */
export function planTitle({ acls, policy, switches, keptOpenBy }: VisibilityPlan): string {
  if (switches.length > 0) return 'The service’s own switch is thrown, for the whole bucket'
  if (acls === null && policy === null)
    return keptOpenBy.length > 0 ? 'The bucket stays public as it is' : 'Nothing has to be changed'
  if (policy === null) return 'An ACL is sent for each object'
  return acls === null
    ? 'The bucket’s policy is changed'
    : 'ACLs are sent, and the bucket’s policy is changed'
}

/** What is done with a switch of the service, in a sentence. */
export function bucketSwitchText({ kind, domain, to }: BucketSwitch): string {
  if (kind === 'bucket-acl')
    return `The bucket’s own ACL becomes ${to === 'public' ? 'public-read' : 'private'}.`
  const what = kind === 'managed-domain' ? 'The address at r2.dev' : 'The custom domain'
  return `${what} is switched ${to === 'public' ? 'on' : 'off'}: ${domain ?? ''}.`
}

/** What a statement of the policy opens or shuts, in a sentence. */
export function openingText({
  effect,
  patterns,
  sid,
  conditional,
  own,
}: BucketAccess['openings'][number]): string {
  const shown = patterns.slice(0, 5).join(', ')
  const more = patterns.length > 5 ? ` and ${(patterns.length - 5).toLocaleString()} more` : ''
  const by = own ? 'Pail’s own statement' : sid === null ? 'a statement without a name' : `statement ${sid}`
  const who = effect === 'allow' ? 'Everybody may read' : 'Nobody may read without signing'
  return `${who} ${shown}${more} (${by}${conditional ? ', under conditions' : ''}).`
}

/** What a change of visibility was about, in a line. */
export function visibilityChangeText({
  objects,
  sample,
  acls,
  policy,
  switches = 0,
  hasEnded,
  visibility,
}: VisibilityChange): string {
  const [only] = sample
  const what =
    switches > 0
      ? `The whole bucket (${formatCount(objects, 'object')})`
      : only !== undefined && objects === 1
        ? visibleName(lastSegment(only))
        : formatCount(objects, 'object')
  const by = [
    ...(acls > 0 ? [formatCount(acls, 'ACL')] : []),
    ...(policy ? ['the bucket’s policy'] : []),
    ...(switches > 0 ? ['the service’s own switch'] : []),
  ]
  return `${what} made ${visibility}, by ${by.join(' and ')}${hasEnded ? '' : '; cut off, so perhaps not all of it'}`
}
