import { Globe, LockKeyhole, Upload } from 'lucide-react'
import type { WantedVisibility } from '../../../src-preload/contract/visibility.ts'
import type { UploadTarget } from '../../stores/upload-store.ts'
import { visibleName } from '../../text/visible-name.ts'

/** What is uploaded (`3 files, 4.2 MB`), where it goes and who will be able to read it. */
export function UploadWords({
  what,
  target,
  visibility,
}: {
  what: string
  target: UploadTarget
  visibility: WantedVisibility
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
        {visibility === 'public' ? 'Public: anyone can read' : 'Private: only you can read'}
      </span>
    </>
  )
}
