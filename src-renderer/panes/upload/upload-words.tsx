import { Globe, LockKeyhole, Upload } from 'lucide-react'
import type { WantedVisibility } from '../../../src-preload/contract/visibility.ts'
import type { UploadTarget } from '../../stores/upload-rules.ts'
import { visibleName } from '../../text/visible-name.ts'

const privateWords = {
  closed: 'Private: only you can read',
  unknown: 'Private: who can read it is asked afterwards',
  unread: 'Private: not sent where anyone could read',
}

/** What is uploaded (`3 files, 4.2 MB`), where it goes and who will be able to read it. */
export function UploadWords({
  what,
  target,
  visibility,
  policy,
}: {
  what: string
  target: UploadTarget
  visibility: WantedVisibility
  /** What the bucket's policy says of a private one, once it was looked at. */
  policy?: 'closed' | 'unknown' | undefined
}) {
  const Icon = visibility === 'public' ? Globe : LockKeyhole
  const { destination, bucket, prefix } = target
  return (
    <>
      <Upload size={28} strokeWidth={1.5} aria-hidden />
      <strong>
        {what} → {destination?.name ?? bucket}
      </strong>
      <span className="mono">
        <bdi>{visibleName(`${bucket}/${prefix}`)}</bdi>
      </span>
      <span className="row">
        <Icon size={15} aria-hidden />
        {visibility === 'public' ? 'Public: anyone can read' : privateWords[policy ?? 'unread']}
      </span>
    </>
  )
}
