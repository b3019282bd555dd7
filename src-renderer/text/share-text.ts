import { uploadCommand } from '../../src-preload/contract/upload-command.ts'
import type { UploadRequest } from '../../src-preload/contract/upload-request.ts'
import { wantedSizeWords, type WantedSize } from '../../src-preload/contract/upload-size.ts'
import { formatDateTime } from './format.ts'
import { onThisComputer } from './link-text.ts'
import { lastSegment, visibleName } from './visible-name.ts'

/** A letter: what it is about and what it says. */
export interface Letter {
  readonly subject: string
  readonly body: string
}

/** A URL without its query, in which the signature is (S41). */
export function maskedUrl(url: string): string {
  const question = url.indexOf('?')
  return question === -1 ? url : `${url.slice(0, question)}?…`
}

/** The letter with a link to an object. */
export function linkLetter(key: string, url: string, endsAt: string | null): Letter {
  const name = visibleName(lastSegment(key)).slice(0, 200)
  const until = endsAt === null ? '' : `\n\nThe link works until ${formatDateTime(endsAt)}.`
  return { subject: name, body: `${name}:\n${url}${until}` }
}

/** The letter that asks somebody for a file. */
export function requestLetter(request: UploadRequest): Letter {
  const name = visibleName(lastSegment(request.key)).slice(0, 200)
  return {
    subject: `Please upload ${name}`,
    body: [
      `With this command, on macOS and Linux, you can upload ${name} until ${formatDateTime(request.endsAt)}.`,
      `Put the path of your file in the place of its name.${letterSize(request.size)}`,
      '',
      uploadCommand(request, 'posix'),
      '',
      'On Windows, in PowerShell:',
      '',
      uploadCommand(request, 'powershell'),
    ].join('\n'),
  }
}

/** What has to be known of an upload link, besides its end. */
export function requestRemarks(request: UploadRequest): readonly string[] {
  const { headers, limitedBy, overwriteGuard, exists, insecure } = request
  const type = headers.find(({ name }) => name === 'Content-Type')?.value ?? ''
  return [
    `Whoever has the link can upload one file, of the type ${type} and ${sizeRemark(request.size)}`,
    ...(overwriteGuard === null
      ? [
          exists === 'yes'
            ? 'There is a file of this name already: the upload replaces it, and a second one the first.'
            : 'Until the link ends, a second upload replaces the first.',
        ]
      : []),
    ...(overwriteGuard === 'by-service' ? ['What is there is not replaced: the service refuses it.'] : []),
    ...(overwriteGuard === 'checked-first'
      ? ['What is there is not replaced, but two uploads at the same moment may replace each other here.']
      : []),
    ...(overwriteGuard === 'not-known'
      ? ['The link asks the service not to replace what is there. Whether it keeps to that is not known yet.']
      : []),
    ...(limitedBy === 'seven-days' ? ['It ends after 7 days: S3 allows no more.'] : []),
    ...(limitedBy === 'policy' ? ['It ends early: the bucket’s policy allows no longer.'] : []),
    ...(limitedBy === 'credentials' ? ['It ends early because the keys of this profile are temporary.'] : []),
    ...(insecure && !onThisComputer.test(request.url)
      ? ['It is not encrypted: anybody on the way can read it.']
      : []),
  ]
}

function letterSize(size: WantedSize | null): string {
  if (size === null) return ''
  return size.kind === 'at-most'
    ? ` It should have ${wantedSizeWords(size)}.`
    : ` It has to have ${wantedSizeWords(size)}.`
}

function sizeRemark(size: WantedSize | null): string {
  if (size === null) return 'of any size: S3 cannot limit it.'
  return size.kind === 'at-most'
    ? `of any size: ${wantedSizeWords(size)} is asked for, as S3 cannot limit it. The commands look at the size first, and Links names a larger file.`
    : `of ${wantedSizeWords(size)}: the service refuses any other size.`
}

/** What size may be asked for. */
export const requestSizes: readonly { readonly value: '' | WantedSize['kind']; readonly label: string }[] = [
  { value: '', label: 'Any size' },
  { value: 'at-most', label: 'At most about…' },
  { value: 'exactly', label: 'Exactly…' },
]

/** The types that are asked for most; everything else is typed in. */
export const requestTypes: readonly { readonly value: string; readonly label: string }[] = [
  { value: '', label: 'By the ending of the name' },
  { value: 'image/jpeg', label: 'JPEG picture' },
  { value: 'image/png', label: 'PNG picture' },
  { value: 'image/webp', label: 'WebP picture' },
  { value: 'application/pdf', label: 'PDF document' },
  { value: 'application/zip', label: 'ZIP archive' },
  { value: 'video/mp4', label: 'MP4 film' },
  { value: 'other', label: 'Another type…' },
]
