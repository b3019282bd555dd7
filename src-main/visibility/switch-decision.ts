import type { BucketSwitch } from '../../src-preload/contract/bucket-switch.ts'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { AccessFacts } from './access-facts.ts'

/** What a service's own switches have to do, or why they cannot. */
export type SwitchDecision =
  | {
      readonly switches: readonly BucketSwitch[]
      /** Addresses that stay on although the bucket is to be private. */
      readonly keptOpenBy: readonly string[]
      readonly reasons: readonly string[]
    }
  | { readonly refusal: { readonly code: ErrorCode; readonly message: string } }

const noToken =
  'Pail switches them with an API token of Cloudflare, which is entered in the profile; without one they are in Cloudflare’s dashboard, in the bucket’s settings.'

/** Whether what the service's switch is at could be read, where Pail throws it. */
export function isSwitchKnown({ quirks, acl, domains }: AccessFacts): boolean {
  if (quirks.thrownBy === 'bucket-acl') return acl.state === 'read'
  return quirks.thrownBy !== 'domains' || domains.state === 'read'
}

/** Whether everybody can read the whole bucket by the service's own switch, as far as that could be read. */
export function isOpenBySwitch(facts: AccessFacts): boolean {
  const { quirks, domains } = facts
  if (quirks.thrownBy === 'bucket-acl') return isOpenByAcl(facts)
  return (
    quirks.thrownBy === 'domains' && domains.state === 'read' && domains.value.some(({ enabled }) => enabled)
  )
}

/** By what everybody can read the whole bucket, where that is the service's own switch; null where it is off, or not known. */
export function openedBySwitch(facts: AccessFacts): string | null {
  if (!isOpenBySwitch(facts)) return null
  const { quirks, domains } = facts
  if (quirks.thrownBy === 'bucket-acl' || domains.state !== 'read') return `${quirks.label}’s own switch`
  const on = domains.value.filter(({ enabled }) => enabled).map(({ domain }) => domain)
  return `through ${listed(on)}`.slice(0, 200)
}

/** What the service's switch is at, in sentences; none where Pail has nothing to do with it. */
export function switchSentences(facts: AccessFacts): string[] {
  const { quirks, acl, domains } = facts
  if (quirks.thrownBy === 'bucket-acl') {
    if (acl.state !== 'read')
      return [
        `Which of the two it is could not be read${acl.state === 'unknown' ? `: ${acl.message}` : '.'}`.slice(
          0,
          1000,
        ),
      ]
    return [
      isOpenByAcl(facts)
        ? 'This one is public now: everybody can read every object in it.'
        : 'This one is private now.',
    ]
  }
  if (quirks.thrownBy !== 'domains') return []
  if (domains.state !== 'read') return [unreadDomains(facts)]
  const on = domains.value.filter(({ enabled }) => enabled).map(({ domain }) => domain)
  return [
    on.length === 0
      ? 'None of them is on: nobody reads this bucket without a signature.'
      : `Everybody can read every object through ${listed(on)} now.`,
  ]
}

/**
 * What is thrown so that a bucket is public or private as a whole. `customDomains` are addresses of the owner that are to go
 * off, too; others of them keep the bucket public. Pure.
 */
export function decideSwitches(
  facts: AccessFacts,
  visibility: WantedVisibility,
  customDomains: readonly string[],
): SwitchDecision {
  const { quirks, acl, domains } = facts
  const before = quirks.providerSwitch ?? ''
  if (quirks.thrownBy === 'bucket-acl') {
    if (acl.state !== 'read')
      return refusal(
        acl.state === 'unknown' ? acl.code : 'not-supported',
        `${before} ${switchSentences(facts).join(' ')}`,
      )
    const from = isOpenByAcl(facts) ? 'public' : 'private'
    return {
      switches: from === visibility ? [] : [{ kind: 'bucket-acl', domain: null, from, to: visibility }],
      keptOpenBy: [],
      reasons: from === visibility || visibility === 'private' ? [] : [firstPayment],
    }
  }
  if (quirks.thrownBy === null) return refusal('not-supported', before)
  if (domains.state !== 'read') {
    const code =
      domains.state === 'unknown' && domains.code !== 'no-credentials' ? domains.code : 'not-supported'
    return refusal(code, `${before} ${unreadDomains(facts)}`)
  }
  const on = domains.value.filter(({ enabled }) => enabled)
  if (visibility === 'public') {
    const managed = domains.value.find(({ kind }) => kind === 'managed')
    if (on.length > 0) return { switches: [], keptOpenBy: [], reasons: [] }
    if (managed === undefined)
      return refusal('not-supported', `${before} Cloudflare tells no r2.dev address of it.`)
    return {
      switches: [{ kind: 'managed-domain', domain: managed.domain, from: 'private', to: 'public' }],
      keptOpenBy: [],
      reasons: [
        'The r2.dev address is for trying out: Cloudflare limits how often it is asked. A custom domain, which is added in Cloudflare’s dashboard, has no such limit.',
      ],
    }
  }
  const isThrown = ({ kind, domain }: (typeof on)[number]) =>
    kind === 'managed' || customDomains.includes(domain)
  const keptOpenBy = on.filter((each) => !isThrown(each)).map(({ domain }) => domain)
  return {
    switches: on.filter(isThrown).map(({ kind, domain }) => ({
      kind: kind === 'managed' ? 'managed-domain' : 'custom-domain',
      domain,
      from: 'public',
      to: 'private',
    })),
    keptOpenBy,
    reasons:
      keptOpenBy.length === 0
        ? []
        : [`It stays public through ${listed(keptOpenBy)}, which this leaves on.`.slice(0, 1000)],
  }
}

const firstPayment =
  'B2 lets an account have public buckets only after its first payment, and the key has to be one that may change buckets.'

/** Whether the bucket's own ACL lets everybody read, which on B2 opens every object. */
function isOpenByAcl({ acl }: AccessFacts): boolean {
  return acl.state === 'read' && acl.value.some(({ grantee }) => grantee === 'everybody')
}

function unreadDomains({ domains }: AccessFacts): string {
  if (domains.state !== 'unknown' || domains.code === 'no-credentials') return noToken
  return `Whether they are on could not be read: ${domains.message}`.slice(0, 900)
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ')
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown
}

function refusal(code: ErrorCode, message: string): SwitchDecision {
  return { refusal: { code, message: message.slice(0, 1000) } }
}
