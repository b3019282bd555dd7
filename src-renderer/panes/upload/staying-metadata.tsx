import { Button } from '../../components/button.tsx'
import { Note } from '../../components/note.tsx'
import type { UploadPlan } from '../../../src-preload/contract/upload-plan.ts'
import { metadataStaysText } from '../../text/upload-text.ts'
import { useWindow } from '../window-context.ts'

/**
 * What Pail cannot remove metadata from, where that is wanted; starting the upload is to agree. `reason` is that of the
 * only file.
 */
export function StayingMetadata({ plan, reason }: { plan: UploadPlan; reason?: string | null }) {
  const { stores } = useWindow()
  const title = metadataStaysText(plan)
  if (title === null) return null
  return (
    <Note
      kind="warning"
      title={title}
      actions={
        <Button onClick={() => void stores.uploads.getState().setVisibility('private')}>
          Upload as private
        </Button>
      }
    >
      {reason ??
        'Pail removes location and other metadata from JPEG, PNG, WebP and GIF only. The others are sent as they are.'}
    </Note>
  )
}
