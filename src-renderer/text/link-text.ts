import type {
  Arrival,
  CopiedLinks,
  CreatedLink,
  DeadLink,
  LinkRecord,
  SigningKey,
} from '../../src-preload/contract/presigned-url.ts'
import { sizeWords, type WantedSize } from '../../src-preload/contract/upload-size.ts'
import type {
  LeftCopyOutcome,
  RevocationOutcome,
  RevocationPlan,
} from '../../src-preload/contract/revocation.ts'
import type { SyncProgress } from '../../src-preload/contract/sync-plan.ts'
import type { UploadReport } from '../../src-preload/contract/transfer.ts'
import { visibleName } from './visible-name.ts'
import { guardText } from './upload-text.ts'
import { formatBytes, formatCount, formatDateTime, formatDuration, formatTimeLeft } from './format.ts'

/** A toast: one line to notice and one to read. */
export interface ToastText {
  readonly title: string
  readonly body: string
}

/** A link to the local playground: it travels nowhere. */
export const onThisComputer = /^http:\/\/(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])[:/]/

/** A link that goes to the clipboard alone. */
export function copiedAlone(link: CreatedLink): CopiedLinks {
  const { recordId, endsAt } = link
  return {
    first: link,
    dead: [],
    untested: null,
    count: 1,
    endsAt,
    recordIds: recordId === null ? [] : [recordId],
  }
}

/** What was copied, and when it really ends. */
export function copiedLinkText(links: CopiedLinks): ToastText {
  const { first, count } = links
  const many = count > 1
  if (first.kind === 'public') {
    return {
      title: many ? `${formatCount(count, 'URL')} copied` : 'URL copied',
      body: `${
        first.test?.outcome === 'works' && !many
          ? 'It works for everybody, and never expires.'
          : 'The plain URL: it works for everybody if the object is public, and never expires.'
      }${testedText(links)}`,
    }
  }
  const limits = {
    'seven-days': ' S3 allows 7 days at most.',
    credentials: ' It ends early because the keys of this profile are temporary.',
    policy: ' The bucket’s policy allows no longer.',
  }
  const { signingKey } = first
  const mayEndEarlier = signingKey?.isTemporary === true && signingKey.endsAt === null
  return {
    title: many ? `${formatCount(count, 'link')} copied` : 'Link copied',
    body: `Works until ${formatDateTime(links.endsAt ?? '')}.${first.limitedBy === null ? '' : limits[first.limitedBy]}${
      mayEndEarlier ? ' The keys are temporary and do not tell their end: it may be earlier.' : ''
    }${
      first.insecure && !onThisComputer.test(first.url)
        ? ' It is not encrypted: anybody on the way can read it.'
        : ''
    }${
      first.atOwnAddress === true
        ? ' It is at the bucket’s own address: at a custom domain S3 verifies no signature.'
        : ''
    }${testedText(links)}`,
  }
}

/** What came of trying the links; what is not said was not tried. */
function testedText(links: CopiedLinks): string {
  return `${tested(links)}${links.recordIds.length < links.count ? ' It could not be added to the list of links.' : ''}`
}

function tested({ first, count, untested }: CopiedLinks): string {
  const { test } = first
  if (test === null) return ''
  if (count === 1) {
    if (test.outcome === 'not-tested') return ` Not tested: ${test.problem?.message ?? ''}`
    return first.kind === 'public' ? '' : ' Tested: it works.'
  }
  if (untested === null) return ' All were tested: they work.'
  const { links, reason } = untested
  return links === count
    ? ` Not tested: ${reason}`
    : ` ${formatCount(count - links, 'link')} tested: ${count - links === 1 ? 'it works' : 'they work'}. ${links.toLocaleString()} could not be: ${reason}`
}

/** Why a link was not handed out. */
export function deadLinkText({ message }: Pick<DeadLink, 'message'>): ToastText {
  return { title: 'The link does not work', body: `${message} It was not copied.` }
}

/** How far the trying of many links is. */
export function tryingText(tested: number, links: number): ToastText {
  return {
    title: `Trying ${formatCount(links, 'link')}`,
    body: `${tested.toLocaleString()} tried. They are copied when all have been.`,
  }
}

/** Which links are known to end with a revocation. */
export function knownLinksText({ links, lastEndsAt }: RevocationPlan): string {
  if (links === 0) return 'No live link to it is known on this computer.'
  const count = `${formatCount(links, 'live link')} to it ${links === 1 ? 'is' : 'are'} known on this computer`
  return lastEndsAt === null
    ? `${count}.`
    : `${count}; the last would work until ${formatDateTime(lastEndsAt)}.`
}

/** How far a move is. `bytesDone` stays 0 where the service copies the object at once, and tells nothing meanwhile. */
export function movingText(
  sizeBytes: number,
  moment: Pick<SyncProgress, 'bytesDone' | 'secondsLeft'> | null,
): string {
  const copied = moment?.bytesDone ?? 0
  if (copied === 0)
    return `The service copies ${formatBytes(sizeBytes)} to the new key. The links end once that is done.`
  if (copied >= sizeBytes) return 'Copied. The old key is being removed and tried.'
  const left = moment === null || moment.secondsLeft === null ? '' : `, ${formatTimeLeft(moment.secondsLeft)}`
  return `${formatBytes(copied)} of ${formatBytes(sizeBytes)} copied${left}. The links end once that is done.`
}

/** What came of a revocation, and whether it is as it was meant to be. */
export function revokedText({ links, oldLink, oldUrl }: RevocationOutcome): ToastText & { isDone: boolean } {
  const marked = links === 0 ? '' : `${formatCount(links, 'link')} marked as revoked. `
  if (oldUrl.visibility === 'public')
    return {
      isDone: false,
      title: 'The old URL still answers',
      body: `${marked}A CDN or a cache before the bucket may have kept the file: invalidate it there.`,
    }
  switch (oldLink.outcome) {
    case 'works':
      return {
        isDone: false,
        title: 'Links to the old key still open something',
        body: `${marked}An object came to the old key meanwhile.`,
      }
    case 'failed':
      return {
        isDone: true,
        title: 'Links ended',
        body: `${marked}A link to the old key is refused now (${oldLink.status ?? 'no answer'}).`,
      }
    case 'not-tested':
      return {
        isDone: true,
        title: 'Object moved',
        body: `${marked}Whether links to the old key are refused was not tested: ${oldLink.problem?.message ?? ''}`,
      }
  }
}

/** What a batch of uploads came to, and what is on the clipboard now. */
export function uploadReportText(report: UploadReport): ToastText {
  const { reused = 0 } = report
  const parts = [
    ...(report.uploaded > 0 ? [`${formatCount(report.uploaded, 'file')} uploaded`] : []),
    ...(reused > 0 ? [`${reused.toLocaleString()} there already`] : []),
    ...(report.failed > 0 ? [`${report.failed.toLocaleString()} failed`] : []),
    ...(report.skipped > 0 ? [`${report.skipped.toLocaleString()} skipped`] : []),
    ...(report.cancelled > 0 ? [`${report.cancelled.toLocaleString()} cancelled`] : []),
  ]
  const { stripped = 0 } = report
  const removed =
    stripped === 0 ? '' : `Location and other metadata were removed from ${formatCount(stripped, 'picture')}.`
  const body = [reportedLink(report), removed, guardText(report.overwriteGuard)].filter((part) => part !== '')
  return { title: parts.join(', ') || 'Nothing to upload', body: body.join(' ') }
}

function reportedLink(report: UploadReport): string {
  const { link, linkError } = report
  if (link === null) {
    if (linkError !== null) return `No link was copied: ${linkError.message}`
    return report.failed > 0 ? 'See Transfers for the reasons.' : ''
  }
  const many = link.count > 1
  const copied =
    link.kind === 'public'
      ? `${many ? `${link.count.toLocaleString()} public URLs are` : 'The public URL is'} on the clipboard.`
      : `${many ? `${link.count.toLocaleString()} expiring links are` : 'An expiring link is'} on the clipboard${
          link.endsAt === null ? '' : `, valid until ${formatDateTime(link.endsAt)}`
        }.`
  // A link of another kind than was asked for, or one that could not be checked, is explained.
  return linkError === null ? copied : `${copied} ${linkError.message}`
}

/** What came of removing a copy that a move had left. */
export function leftCopyText(outcome: LeftCopyOutcome['outcome'], key: string): ToastText {
  const name = visibleName(key)
  switch (outcome) {
    case 'removed':
      return { title: 'Copy removed', body: `The object is at ${name}, and links to it go on working.` }
    case 'gone':
      return { title: 'There is no copy', body: `The object is at ${name}.` }
    case 'moved':
      return {
        title: 'It is no copy',
        body: `Nothing is at ${name} any more: the object was moved, stays where it is, and links to the old key are dead.`,
      }
  }
}

/** What the kinds of links in the ledger are called. */
export const linkKindLabels: Readonly<Record<LinkRecord['kind'], string>> = {
  public: 'Public URL',
  presigned: 'Expiring link',
  cloudfront: 'CloudFront link',
  upload: 'Upload link',
}

/** That something else has come than was asked for. */
export function arrivedText(size: WantedSize, { sizeBytes }: Pick<Arrival, 'sizeBytes'>): string {
  return size.kind === 'at-most'
    ? `Too large: ${sizeWords(sizeBytes)} came`
    : `Not the size: ${sizeWords(sizeBytes)} came`
}

/** How long a signature is good. */
export function signerText({ isTemporary, endsAt }: SigningKey): string {
  if (!isTemporary) return 'The link dies when this key is deactivated.'
  return endsAt === null
    ? 'A temporary key, which does not tell its end: the link dies with it.'
    : `A temporary key, until ${formatDateTime(endsAt)}: the link dies with it.`
}

/** The label of the expiry that a menu remembers. */
export function expiryLabel(seconds: number): string {
  return formatDuration(seconds)
}
