import type { SetupCallName, SetupInput, SetupPlace } from '../../src-preload/contract/bucket-setup.ts'
import { builtInPresetIds, builtInPresets } from '../../src-preload/contract/built-in-presets.ts'
import { overlapsIn, overlapText } from '../../src-preload/contract/destination-overlap.ts'
import type { DestinationPreset } from '../../src-preload/contract/destination-preset.ts'
import type { PublicAccessBlock } from '../../src-preload/contract/bucket-access.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { corsRules, leastPrivilegePolicy } from '../destinations/django/export-policies.ts'
import type { BucketSetting, CorsRule } from '../s3/bucket-settings.ts'
import { mergedLifecycle } from '../sweep/lifecycle-rule.ts'
import { editPolicy, resourceOf } from '../visibility/policy-edit.ts'
import { quirksOf } from '../visibility/provider-quirks.ts'

/** A call that is to be made; `setting` is null for the one that creates the bucket. */
export interface PlannedCall {
  readonly call: SetupCallName
  readonly setting: BucketSetting | null
  readonly purpose: string
  readonly inverse: string
  /** Why it is not made at this service, as it is known beforehand. */
  readonly notHere: string | null
  /** What the setting was when it was planned, where the new value is made of it: another one is not replaced. */
  readonly expected?: BucketSetting['value']
}

/** Everything that makes a bucket ready for a site. Nothing has been sent. */
export interface PlannedSetup {
  readonly bucket: string
  readonly region: string
  readonly calls: readonly PlannedCall[]
  readonly places: readonly SetupPlace[]
  /** What the site's own key has to be allowed, as JSON. */
  readonly iamPolicy: string
  readonly notes: readonly string[]
}

/** Parts of uploads that nobody completes are kept so many days. */
export const keepPartsDays = 7

/**
 * Works out the calls for a bucket with these kinds of file: ACLs off, the public kept out but for the public prefixes,
 * CORS for the site's pages, and a rule for parts of uploads that nobody completes. `https` says how objects are reached.
 * Throws `invalid-argument` for an origin that is none, and where it is for nothing, `not-found` for an own preset that is
 * not there (any more), and `safety-refused` for presets of which one has keys of another.
 */
export function planSetup(
  input: SetupInput,
  service: {
    readonly provider: ProviderId
    readonly https: boolean
    /** Block Public Access of the whole account, where it could be read. */
    readonly accountBlock?: PublicAccessBlock | null
    /** The person's own presets. */
    readonly presets?: readonly DestinationPreset[]
  },
): PlannedSetup {
  const { bucket, region, origins } = input
  for (const origin of origins)
    if (!URL.canParse(origin) || new URL(origin).origin !== origin || !/^https?:/.test(origin))
      throw failure('invalid-argument', `“${origin}” is not an origin: write https://www.example.org.`)
  const places = placesOf(input, service.presets ?? [])
  const open = places.filter(({ visibility }) => visibility === 'public')
  const quirks = quirksOf(service.provider)
  const without = quirks.bucketPolicy === 'none' ? (quirks.providerSwitch ?? 'Not offered here.') : null
  const calls: PlannedCall[] = [
    {
      call: 'CreateBucket',
      setting: null,
      purpose: `Makes the bucket in ${region}.`,
      inverse: 'DeleteBucket, only while the bucket is empty.',
      notHere: null,
    },
    {
      call: 'PutBucketOwnershipControls',
      setting: { name: 'ownership', value: 'BucketOwnerEnforced' },
      purpose: 'Switches ACLs off: the policy alone decides who can read.',
      inverse: 'PutBucketOwnershipControls with what was there before, or DeleteBucketOwnershipControls.',
      notHere: without,
    },
    blockOf(service.provider, open.length > 0, without),
    ...(open.length === 0 ? [] : [policyOf(input, service, open, without), corsOf(origins)]),
    ...(input.versioning
      ? [
          {
            call: 'PutBucketVersioning' as const,
            setting: { name: 'versioning' as const, value: 'Enabled' as const },
            purpose: 'Keeps what is overwritten or removed, so that it can come back. It is paid for.',
            inverse: 'PutBucketVersioning with Suspended: versioning cannot be switched off altogether.',
            notHere: null,
          },
        ]
      : []),
    {
      call: 'PutBucketLifecycleConfiguration',
      setting: {
        name: 'lifecycle',
        value: mergedLifecycle({ rules: [], transitionDefaultMinimumObjectSize: null }, keepPartsDays).after
          .rules,
      },
      purpose: `Removes parts of uploads that were not completed within ${keepPartsDays} days.`,
      inverse: 'DeleteBucketLifecycle, or the rules that were there before.',
      notHere: null,
    },
  ]
  return {
    bucket,
    region,
    calls,
    places,
    iamPolicy: `${JSON.stringify(leastPrivilegePolicy(bucket, region, places, false), null, 2)}\n`,
    notes: [
      ...(open.length > 0 && isShutByAccount(service.accountBlock ?? null) ? [shutByAccount] : []),
      ...(quirks.note === null ? [] : [quirks.note]),
    ],
  }
}

/** Where each kind of file goes, as the presets say it. */
function placesOf(
  { bucket, kinds, presets: wanted = [] }: SetupInput,
  presets: readonly DestinationPreset[],
): SetupPlace[] {
  const own = wanted.map((id) => {
    const preset = presets.find((each) => each.id === id)
    if (preset === undefined) throw failure('not-found', 'This preset is not there any more.')
    return preset
  })
  const chosen = [
    ...builtInPresetIds.filter((id) => kinds.includes(id)).map((id) => builtInPresets[id]),
    ...own,
  ]
  if (chosen.length === 0) throw failure('invalid-argument', 'Say what the bucket is for.')
  const places = chosen.map(({ id: _id, ...place }): SetupPlace => place)
  const [overlap] = overlapsIn(places.map((place) => ({ ...place, profileId: '', bucket })))
  if (overlap !== undefined) throw failure('safety-refused', overlapText(...overlap))
  return places
}

const shutByAccount =
  'Block Public Access is on for the whole account, and wins over the bucket’s: S3 will refuse the policy, and the set-up ends there. Allow public policies for the account first, or set up private media only.'

function isShutByAccount(block: PublicAccessBlock | null): boolean {
  return block !== null && (block.blockPublicPolicy || block.restrictPublicBuckets)
}

/**
 * Ceph refuses every upload while BlockPublicAcls is on, and what a service that nobody knows does then is not known
 * either; with ACLs off the two about ACLs add nothing that a bucket of AWS does not have.
 */
function blockOf(provider: ProviderId, isOpen: boolean, notHere: string | null): PlannedCall {
  const blocksAcls = provider === 'aws'
  const acls = blocksAcls ? 'Blocks public ACLs' : 'Leaves ACLs alone, which some services need for uploads'
  return {
    call: 'PutPublicAccessBlock',
    setting: {
      name: 'publicAccessBlock',
      value: {
        blockPublicAcls: blocksAcls,
        ignorePublicAcls: blocksAcls,
        blockPublicPolicy: !isOpen,
        restrictPublicBuckets: !isOpen,
      },
    },
    purpose: isOpen
      ? `${acls}, and lets a policy open the public prefixes.`
      : `${acls}, and any policy that would open something.`,
    inverse: 'PutPublicAccessBlock with what was there before, or DeletePublicAccessBlock.',
    notHere,
  }
}

function policyOf(
  { bucket, region }: SetupInput,
  { https }: { readonly https: boolean },
  open: readonly SetupPlace[],
  notHere: string | null,
): PlannedCall {
  const place = { bucket, region, https }
  const add = open.map(({ prefix }) => resourceOf(place, { prefix }))
  // Pail's own statement, so that the switch between public and private finds and changes it later.
  const edit = editPolicy(null, place, { add, remove: [] })
  return {
    call: 'PutBucketPolicy',
    setting: { name: 'policy', value: edit?.after ?? null },
    purpose: `Lets everybody read what is below ${open.map(({ prefix }) => prefix).join(' and ')}, and nothing else.`,
    inverse: 'DeleteBucketPolicy, or the policy that was there before.',
    notHere,
  }
}

function corsOf(origins: readonly string[]): PlannedCall {
  const { CORSRules } = corsRules(origins)
  return {
    call: 'PutBucketCors',
    setting: { name: 'cors', value: CORSRules as readonly CorsRule[] },
    purpose:
      origins.length === 0
        ? 'Lets pages of any site use fonts and scripts from the bucket.'
        : `Lets pages of ${origins.join(', ')} use fonts and scripts from the bucket.`,
    inverse: 'DeleteBucketCors, or the rules that were there before.',
    notHere: null,
  }
}
