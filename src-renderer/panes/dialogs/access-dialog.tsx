import { useEffect, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { BucketAccess, VisibilityMeaning } from '../../../src-preload/contract/bucket-access.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Note } from '../../components/note.tsx'
import { accessLines, openingText, wayWords } from '../../text/access-text.ts'
import { formatDateTime } from '../../text/format.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'

interface AccessDialogProps {
  profileId: string
  bucket: string
  onClose: () => void
}

/** The bucket access report: what public and private can mean here, and every setting that decides it. Changes nothing. */
export function AccessDialog({ profileId, bucket, onClose }: AccessDialogProps) {
  const { stores } = useWindow()
  const [access, setAccess] = useState<BucketAccess | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  useEffect(() => {
    let here = true
    void stores.objects.getBucketAccess({ profileId, bucket }).then((result) => {
      if (!here) return
      if (result.ok) setAccess(result.value)
      else setError(result.error)
    })
    return () => {
      here = false
    }
  }, [stores, profileId, bucket])
  return (
    <Dialog
      title={`Who can read ${bucket}`}
      description="What public and private can mean in this bucket, as far as its settings tell. What an object really is, an unsigned request says."
      onClose={onClose}
      footer={<Button onClick={onClose}>Done</Button>}
    >
      {access === null && error === null ? <p className="muted">Reading the bucket’s settings…</p> : null}
      {access === null ? null : (
        <>
          <Meaning word="Public" meaning={access.public} />
          <Meaning word="Private" meaning={access.private} />
          {access.openings.map((opening, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- statements of one policy, which does not change
            <p key={index} className="selectable">
              {visibleName(openingText(opening))}
            </p>
          ))}
          <dl className="facts">
            {accessLines(access).map(({ name, value, isKnown }) => (
              <Line key={name} name={name} value={value} isKnown={isKnown} />
            ))}
          </dl>
          <p className="muted">Read {formatDateTime(access.readAt)}</p>
        </>
      )}
      <ErrorHere error={error} />
    </Dialog>
  )
}

function Meaning({ word, meaning }: { word: string; meaning: VisibilityMeaning }) {
  const { way, sure, reasons } = meaning
  return (
    <Note kind={sure ? 'info' : 'warning'} title={`${word}: ${wayWords[way]}${sure ? '' : ' (not certain)'}`}>
      {reasons.map((reason) => (
        <p key={reason}>{visibleName(reason)}</p>
      ))}
    </Note>
  )
}

function Line({ name, value, isKnown }: { name: string; value: string; isKnown: boolean }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className={isKnown ? 'selectable' : 'selectable muted'}>{visibleName(value)}</dd>
    </>
  )
}
